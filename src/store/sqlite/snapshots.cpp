#include "store/sqlite/snapshots.h"

#include "store/sqlite/database.h"

namespace gannet::store::sqlite {

HeldSnapshot::~HeldSnapshot() {
  const std::scoped_lock lock(mutex_);
  end();
}

std::unexpected<Error> HeldSnapshot::ended() {
  return fail(StoreError::kUnavailable, "the snapshot is too old",
              "sqlite: it kept the write-ahead log from being emptied for longer than snapshot.max-age",
              Retry::kCanHelp);
}

void HeldSnapshot::end() {
  if (!lease_) return;
  if (!(*lease_)->execute("ROLLBACK")) lease_->discard();
  lease_.reset();
}

Result<std::unique_ptr<HeldSnapshot>> Snapshots::hold() {
  auto lease = TRY(leased(pool_, "snapshot.max-open"));
  // BEGIN alone reads nothing yet: the moment is that of the first read.
  for (const char* sql : {"BEGIN", "SELECT count(*) FROM gannet_setting WHERE k = x''"})
    if (auto done = lease->execute(sql); !done) {
      lease.discard();
      return std::unexpected(std::move(done).error());
    }
  auto snapshot = std::make_unique<HeldSnapshot>(std::move(lease), clock_.steady());
  const std::scoped_lock lock(mutex_);
  held_.insert(snapshot.get());
  return snapshot;
}

void Snapshots::release(std::unique_ptr<HeldSnapshot> snapshot) {
  const std::scoped_lock lock(mutex_);
  held_.erase(snapshot.get());
}

std::size_t Snapshots::end_old() {
  const SteadyTime now = clock_.steady();
  std::size_t ended = 0;
  const std::scoped_lock lock(mutex_);
  for (HeldSnapshot* snapshot : held_) {
    if (now - snapshot->began_ < max_age_) continue;
    const std::unique_lock reading(snapshot->mutex_, std::try_to_lock);
    if (!reading.owns_lock() || !snapshot->lease_) continue;
    snapshot->end();
    ++ended;
  }
  return ended;
}

}  // namespace gannet::store::sqlite
