// What one group of commits comes to in RocksDB: preconditions are checked in order, the batches merged into
// one write, and that is synced once. The leader of leader_queue.h runs it.
#pragma once

#include <atomic>
#include <cstdint>

#include "store/leader_queue.h"
#include "store/rocksdb/database.h"

namespace gannet::store::rocks {

// Any thread.
class Committer {
 public:
  Committer(std::shared_ptr<Database> database, const RocksDbOptions& options);

  // Blocks until `batch` is on stable storage or refused. The batch has been validated.
  Result<void> commit(const WriteBatch& batch) { return queue_.commit(batch); }

  std::uint64_t commits() const { return queue_.commits(); }
  std::uint64_t conflicts() const { return queue_.conflicts(); }
  std::uint64_t syncs() const { return syncs_; }

 private:
  void write(const LeaderQueue::Group& group);
  Result<void> write_merged(rocksdb::WriteBatch& merged, Durability durability);

  const std::shared_ptr<Database> database_;
  const Duration stall_timeout_;
  std::atomic<std::uint64_t> syncs_{0};
  LeaderQueue queue_;
};

}  // namespace gannet::store::rocks
