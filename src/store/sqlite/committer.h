// What one group of commits comes to in SQLite: one transaction, in which each batch's preconditions are
// checked and then its effects applied; all share its sync. The leader of leader_queue.h runs it.
//
// If the transaction fails, it is rolled back and each batch tried in one of its own, so that none suffers
// for another: a savepoint for each would cost every good transaction a copy of each page that it changes.
// If it was the disk that failed, all are refused, and writes stop (health.h).
#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include "store/batch_effects.h"
#include "store/leader_queue.h"
#include "store/sqlite/database.h"

namespace gannet::store::sqlite {

// Any thread.
class Committer {
 public:
  Committer(std::shared_ptr<Database> database, const SqliteOptions& options);

  // Blocks until `batch` is on stable storage or refused. The batch has been validated.
  Result<void> commit(const WriteBatch& batch) { return queue_.commit(batch); }

  std::uint64_t commits() const { return queue_.commits(); }
  std::uint64_t conflicts() const { return queue_.conflicts(); }
  std::uint64_t syncs() const { return syncs_; }

 private:
  using Calls = std::span<LeaderQueue::Call* const>;
  void write(const LeaderQueue::Group& group);
  Result<void> begin(Calls calls);
  Result<void> transact(Calls calls);
  // False: none of them changes anything.
  Result<bool> apply(Calls calls);
  Result<void> check(const BatchEffects& effects);
  Result<void> apply(const BatchEffects& effects);
  Result<void> set(std::string_view key, std::string_view value);
  Connection& connection() { return *database_->writer().connection; }

  const std::shared_ptr<Database> database_;
  Durability durability_ = Durability::kStable;  // as the connection is set
  std::atomic<std::uint64_t> syncs_{0};
  LeaderQueue queue_;
};

}  // namespace gannet::store::sqlite
