// A batch as one transaction and one round trip:
//
//   take the locks (locks.h); check the preconditions; delete, set, add; Sync, which commits
//
// all sent at once. A check that fails makes what follows do nothing, and its row tells so.
#pragma once

#include <atomic>
#include <cstdint>

#include "store/batch_effects.h"
#include "store/postgresql/database.h"

namespace gannet::store::postgresql {

// Any thread.
class Committer {
 public:
  explicit Committer(std::shared_ptr<Database> database) : database_(std::move(database)) {}

  // The batch has been validated. Deadlocks and serialization failures (with somebody else's SQL: commits lock in
  // order) are run again until the call's deadline.
  Result<void> commit(const WriteBatch& batch);

  struct Statistics {
    std::atomic<std::uint64_t> commits{0}, conflicts{0}, syncs{0};
  };
  const Statistics& statistics() const { return statistics_; }

  // From now on each commit asks where the log ends behind it.
  void track() { tracked_ = true; }
  // A place in the log behind every commit that has returned; the largest number while one may have been applied
  // without an answer.
  std::uint64_t position() const { return position_; }

 private:
  Result<void> run(const WriteBatch& batch);
  Result<void> attempt(Connection& connection, const WriteBatch& batch, const BatchEffects& effects,
                       Deadline deadline);
  void remember(std::uint64_t position);

  const std::shared_ptr<Database> database_;
  Statistics statistics_;
  std::atomic<bool> tracked_{false};
  std::atomic<std::uint64_t> position_{0};
};

}  // namespace gannet::store::postgresql
