// Read transactions that are held open: as many as there are connections for, and, where the WAL cannot be
// emptied for their sake, no longer than `max_snapshot_age`.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <set>

#include "base/pool.h"
#include "store/data_store.h"
#include "store/sqlite/connection.h"

namespace gannet::store::sqlite {

// One of them. Its reads take turns. kUnavailable once it was ended.
class HeldSnapshot {
 public:
  HeldSnapshot(Pool<Connection>::Lease lease, SteadyTime began) : lease_(std::move(lease)), began_(began) {}
  ~HeldSnapshot();
  template <typename Read>
  auto read(Read read) -> decltype(read(std::declval<Connection&>())) {
    const std::scoped_lock lock(mutex_);
    if (!lease_) return ended();
    return read(**lease_);
  }

 private:
  friend class Snapshots;
  static std::unexpected<Error> ended();
  // Call with mutex_ held.
  void end();

  std::mutex mutex_;
  std::optional<Pool<Connection>::Lease> lease_;
  const SteadyTime began_;
};

// Any thread.
class Snapshots {
 public:
  Snapshots(const PoolOptions& options, Duration max_age, Clock& clock, Pool<Connection>::Make make)
      : max_age_(max_age), clock_(clock), pool_(options, clock, std::move(make)) {}

  // Must not outlive this.
  Result<std::unique_ptr<HeldSnapshot>> hold();
  void release(std::unique_ptr<HeldSnapshot> snapshot);
  // Ends those that are too old and not reading at this moment. How many.
  std::size_t end_old();
  PoolStatistics statistics() const { return pool_.statistics(); }

 private:
  const Duration max_age_;
  Clock& clock_;
  Pool<Connection> pool_;
  std::mutex mutex_;
  std::set<HeldSnapshot*> held_;
};

}  // namespace gannet::store::sqlite
