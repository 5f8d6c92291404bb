// Many callers, one synced write: for backends of which one process is the only writer.
//
// Whoever commits while nobody else does becomes the leader: it takes what waits (itself at least), has it
// written as one group, and answers all. A caller that comes meanwhile waits; when the leader is done, the
// first who waits becomes the next leader. So a lone caller pays for no change of thread, and many share each
// sync (docs/decisions/0001-leader-commits.md).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "store/commit_metrics.h"
#include "store/errors.h"
#include "store/write_batch.h"

namespace gannet::store {

// Any thread.
class LeaderQueue {
 public:
  struct Options {
    std::string id;                   // of the store, for its metrics
    std::size_t max_group = 256;      // commits written together at most
    std::size_t max_waiting = 65536;  // beyond, callers are answered kUnavailable
  };
  class Call {
   public:
    const WriteBatch& batch() const { return *batch_; }
    Result<void> result;  // for the writer to set

   private:
    friend class LeaderQueue;
    enum class State : std::uint32_t { kWaiting, kLeading, kDone };
    explicit Call(const WriteBatch& batch) : batch_(&batch) {}
    const WriteBatch* batch_;
    std::atomic<State> state_{State::kWaiting};
  };
  using Group = std::vector<Call*>;
  // Writes a group in its order and sets every result. On one thread at a time, that of a caller.
  using Write = std::function<void(const Group&)>;

  LeaderQueue(const Options& options, Write write);

  // Blocks until `batch` is written or refused. The batch has been validated.
  Result<void> commit(const WriteBatch& batch);

  // Batches that were written, and those that were refused with kConflict.
  std::uint64_t commits() const { return commits_; }
  std::uint64_t conflicts() const { return conflicts_; }

 private:
  Result<void> take_part(const WriteBatch& batch);
  void lead();
  Group take_group();
  void pass_on();

  const std::size_t max_group_, max_waiting_;
  const Write write_;
  const CommitMetrics metrics_;
  std::mutex mutex_;
  std::deque<Call*> waiting_;
  bool led_ = false;
  std::atomic<std::uint64_t> commits_{0}, conflicts_{0};
};

}  // namespace gannet::store
