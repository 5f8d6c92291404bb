// One migration of a DataStore, from its plan to its end: the states of record.h, one step at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "store/migration/copier.h"
#include "store/migration/recorded_migration.h"
#include "store/migration/switching_data_store.h"

namespace gannet::store::migration {

// step() on one thread; the rest on any.
class DataMigration final : public RecordedMigration {
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

 private:
  Result<Duration> advance() override;
  Result<void> clear_away() override;
  Result<void> settle_first() override;
  bool is_settled() const override { return !unsettled_; }

  Result<std::size_t> follow(Copier& copier);
  Result<Duration> plan();
  Result<Duration> copy();
  Result<Duration> compare();
  Result<Duration> keep_equal();
  Result<Duration> follow_back();
  Result<void> change_store(Phase phase);
  Result<void> settle(Record next);
  Result<void> mark_target();
  void try_to_mark_target();

  const std::shared_ptr<SwitchingDataStore> stores_;
  const std::shared_ptr<DataStore> source_, target_;
  Copier forth_, back_;
  std::optional<Record> unsettled_;  // a change of stores of which it is not known whether it happened
  Duration delay_{};                 // of each commit, while changes come too fast
  SteadyTime paused_at_{};
};

}  // namespace gannet::store::migration
