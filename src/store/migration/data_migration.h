// One migration of a DataStore, from its plan to its end: the states of record.h, one step at a time.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "store/migration/copier.h"
#include "store/migration/migration.h"
#include "store/migration/record.h"
#include "store/migration/switching_data_store.h"

namespace gannet::store::migration {

// step() on one thread; the rest on any.
class DataMigration final : public Migration {
 public:
  // Writes the plan into both stores and tracks `stores` from then on. Errors: kInvalid, where `target` holds
  // something that is no former copy.
  static Result<std::unique_ptr<DataMigration>> begin(std::shared_ptr<SwitchingDataStore> stores,
                                                      std::shared_ptr<DataStore> source,
                                                      std::shared_ptr<DataStore> target, Record plan,
                                                      Clock& clock, Random& random,
                                                      MigrationOptions options = {});
  // Goes on with the one that `record`, of the source, tells of. `stores` has the store in force, and is tracked
  // from then on.
  DataMigration(std::shared_ptr<SwitchingDataStore> stores, std::shared_ptr<DataStore> source,
                std::shared_ptr<DataStore> target, Record record, Clock& clock, Random& random,
                MigrationOptions options = {});

  Result<Duration> step() override;
  Result<void> wish(Wish wish) override;
  MigrationStatus status() const override;

 private:
  Result<Duration> advance();
  Result<std::size_t> follow(Copier& copier);
  Result<Duration> plan();
  Result<Duration> copy();
  Result<Duration> compare();
  Result<Duration> keep_equal();
  Result<Duration> follow_back();
  Result<void> change_store(Phase phase);
  Result<void> settle(Record next);
  Result<Duration> give_up();
  Result<Duration> confirm();
  Result<void> enter(Phase phase);
  Result<void> save(Record next);
  Result<void> reload();
  Result<void> mark_target();
  Duration pace(std::uint64_t bytes) const;
  void publish(const std::string& error);

  const std::shared_ptr<SwitchingDataStore> stores_;
  const std::shared_ptr<DataStore> source_, target_;
  Clock& clock_;
  Random& random_;
  const MigrationOptions options_;
  Copier forth_, back_;

  std::mutex work_;  // a step, or a wish
  Record record_;
  bool uncertain_ = false;           // the record may be another than record_
  std::optional<Record> unsettled_;  // a change of stores of which it is not known whether it happened
  Duration delay_{};                 // of each commit, while changes come too fast
  SteadyTime paused_at_{};
  SteadyTime pass_begun_{};
  std::uint64_t pass_keys_ = 0;  // that the pass had done before pass_begun_

  mutable std::mutex published_mutex_;
  MigrationStatus published_;
};

}  // namespace gannet::store::migration
