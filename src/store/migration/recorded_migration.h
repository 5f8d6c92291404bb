// What every migration has: a record in a store, steps that follow it, the operator's wishes, and how it is told.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "store/data_store.h"
#include "store/migration/migration.h"
#include "store/migration/record.h"

namespace gannet::store::migration {

// What a position begins with while a migration is planned.
inline constexpr char kErasing = 'e', kCounting = 'n';

class RecordedMigration : public Migration {
 public:
  Result<Duration> step() final;
  Result<void> wish(Wish wish) final;
  MigrationStatus status() const final;

 protected:
  // `record` lies in `keeper` under `key`. `clock` must outlive it.
  RecordedMigration(std::shared_ptr<DataStore> keeper, std::string key, Record record, Clock& clock,
                    MigrationOptions options);

  // --- what a migration of a kind adds; under the lock of a step or a wish
  // A step of one that is under way, by a record that is certain.
  virtual Result<Duration> advance() = 0;
  // Once it has ended: removes what is left of it. Called until it succeeds.
  virtual Result<void> clear_away() = 0;
  // Whether it is known which store is in force; else a step settles that before anything else, and no wish is taken.
  virtual bool is_settled() const { return true; }
  virtual Result<void> settle_first() { return {}; }
  // What is to be committed together with `next`.
  virtual void seal(WriteBatch& batch, const Record& next) {
    (void)batch;
    (void)next;
  }
  virtual void wished() {}

  const Record& record() const { return record_; }
  // Commits `next` under the next revision, if the record is still what it was.
  Result<void> save(Record next);
  // Sure of a record whose commit was not this migration's save().
  void settled(Record now) { record_ = std::move(now); }
  // Ends a pass, and begins that of `phase`.
  Result<void> enter(Phase phase);
  // For how long to wait after so much, by the operator's rate.
  Duration pace(std::uint64_t bytes) const;
  // Tells that the store was changed for the other one, and that writes waited since `paused_at`.
  void tell_change(SteadyTime paused_at);

  Clock& clock() const { return clock_; }
  const MigrationOptions& options() const { return options_; }

 private:
  Result<Duration> proceed();
  Result<void> reload();
  void publish(const std::string& error);

  const std::shared_ptr<DataStore> keeper_;
  const std::string key_;
  Clock& clock_;
  const MigrationOptions options_;

  std::mutex work_;  // a step, or a wish
  Record record_;
  bool uncertain_ = false;  // the record may be another than record_
  bool finished_ = false;
  SteadyTime pass_begun_{};
  std::uint64_t pass_items_ = 0;  // that the pass had done before pass_begun_

  mutable std::mutex published_mutex_;
  MigrationStatus published_;
};

}  // namespace gannet::store::migration
