// One migration of blobs, of the search index or of lookups: the states of record.h, one step at a time.
//
// What is written goes to the store in force and onto a list, which one thread follows to the other store: so that store
// is in nobody's way, and may even be away for a while. A commit that wrote to the target at the very moment of a
// roll-back is fetched from there afterwards ("rolling back"), however long it takes until the target can be read.
// It differs from a migration of data (data_migration.h) in where the record lies, and in that an item is whatever a
// Mover makes of it.
#pragma once

#include <memory>
#include <string>

#include "store/migration/mover.h"
#include "store/migration/recorded_migration.h"

namespace gannet::store::migration {

class RoleMigration final : public RecordedMigration {
 public:
  // Writes the plan into `data`. Errors: kInvalid, where the target has something in it that was never in this role;
  // kConfiguration, kUnavailable where it cannot be opened.
  static Result<std::unique_ptr<RoleMigration>> begin(std::shared_ptr<DataStore> data,
                                                      std::shared_ptr<Mover> mover, Record plan, Clock& clock,
                                                      Random& random, MigrationOptions options = {});
  // Goes on with the one that `record` tells of. `mover` has the store in force, and is tracked from then on.
  RoleMigration(std::shared_ptr<DataStore> data, std::shared_ptr<Mover> mover, Record record, Clock& clock,
                MigrationOptions options = {});

 private:
  Result<Duration> advance() override;
  Result<void> clear_away() override;
  void seal(WriteBatch& batch, const Record& next) override;
  void wished() override { last_position_.clear(); }

  Result<void> apply();
  void exchange();
  Result<std::size_t> follow();
  Result<void> drain();
  Result<Duration> plan();
  Result<Duration> copy();
  Result<Duration> compare();
  Result<Duration> keep_equal();
  Result<Duration> follow_back();
  Result<Duration> fetch_back();
  Result<bool> copy_all_back();
  Result<void> change_store(Phase phase);

  const std::shared_ptr<Mover> mover_;
  bool uses_target_ = false;  // what the mover has in force
  Duration delay_{};          // of each write, while changes come too fast
  // After the cut-over: where a pass over all items has got to, that looks for what the old store lacks, or (before the
  // end) alone has. kEnd: it is done.
  std::string back_position_, last_position_;
};

}  // namespace gannet::store::migration
