// Many callers, one synced write.
//
// Whoever commits while nobody else does becomes the leader: it takes what waits (itself at least), checks
// the preconditions in order, writes one merged batch, syncs it, and answers all. A caller that comes
// meanwhile waits; when the leader is done, the first who waits becomes the next leader. So a lone caller
// pays for no change of thread, and many share each sync (docs/decisions/0001-leader-commits.md).
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "store/rocksdb/database.h"
#include "store/rocksdb/metrics.h"

namespace gannet::store::rocks {

// Any thread.
class Committer {
 public:
  Committer(std::shared_ptr<Database> database, const RocksDbOptions& options);

  // Blocks until `batch` is on stable storage or refused. The batch has been validated.
  Result<void> commit(const WriteBatch& batch);

  struct Statistics {
    std::atomic<std::uint64_t> commits{0}, conflicts{0}, syncs{0};
  };
  const Statistics& statistics() const { return statistics_; }

 private:
  enum class State : std::uint32_t { kWaiting, kLeading, kDone };
  struct Call {
    const WriteBatch* batch;
    Result<void> result;
    std::atomic<State> state{State::kWaiting};
  };
  using Group = std::vector<Call*>;

  Result<void> take_part(const WriteBatch& batch);
  void lead();
  Group take_group();
  void pass_on();
  void write(const Group& group);
  Result<void> write_merged(rocksdb::WriteBatch& merged, Durability durability);

  const std::shared_ptr<Database> database_;
  const Duration stall_timeout_;
  const std::size_t max_group_, max_waiting_;
  const Metrics metrics_;
  std::mutex mutex_;
  std::deque<Call*> waiting_;
  bool led_ = false;
  Statistics statistics_;
};

}  // namespace gannet::store::rocks
