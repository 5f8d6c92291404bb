#include "store/sqlite/checkpointer.h"

#include "observe/log.h"
#include "store/sqlite/status.h"

namespace gannet::store::sqlite {
namespace {

constexpr std::size_t kFrameHeader = 24;
// Room that must be there before writes are promised again.
constexpr const char* kProbe = "INSERT INTO gannet_probe (v) VALUES (zeroblob(262144))";

}  // namespace

Checkpointer::Checkpointer(std::unique_ptr<Connection> connection, Writer& writer, Health& health,
                           Snapshots& snapshots, const Options& options)
    : options_(options),
      connection_(std::move(connection)),
      writer_(writer),
      health_(health),
      snapshots_(snapshots),
      next_forced_(options.max_wal_size),
      snapshots_ended_(observe::counter("gannet_store_snapshots_ended_total",
                                        "Snapshots that were ended since they were too old",
                                        {{"store", options.id}})),
      size_("gannet_store_wal_bytes", "Bytes in the write-ahead log", {{"store", options.id}},
            [this] { return static_cast<double>(wal_bytes()); }),
      thread_([this] { run(); }) {}

Checkpointer::~Checkpointer() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Checkpointer::committed() {
  const std::size_t bytes = writer_.connection->wal_frames() * (options_.page_bytes + kFrameHeader);
  const bool started_anew = bytes < wal_bytes_.exchange(bytes, std::memory_order_relaxed);
  if (started_anew) next_forced_ = options_.max_wal_size;
  if (bytes < options_.max_wal_size / 4) return;
  wake();
  if (bytes < next_forced_) return;
  const auto moved = writer_.connection->checkpoint();
  if (!moved || !*moved) next_forced_ = bytes + options_.max_wal_size / 8;
  // Any other error shows again in the thread's own try, which tells it.
  if (!moved && disk_fails(moved.error())) write_failed(moved.error());
}

void Checkpointer::write_failed(const Error& error) {
  health_.stop(error);
  wake();
}

void Checkpointer::wake() {
  {
    const std::scoped_lock lock(mutex_);
    if (wanted_) return;
    wanted_ = true;
  }
  changed_.notify_all();
}

void Checkpointer::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    // What is too large, or has stopped, is looked at again without being told.
    const bool again = !health_.writable() || wal_bytes() > options_.max_wal_size;
    if (again)
      changed_.wait_for(lock, options_.resume_interval, [this] { return stopping_; });
    else
      changed_.wait(lock, [this] { return stopping_ || wanted_; });
    if (stopping_) return;
    wanted_ = false;
    lock.unlock();
    if (health_.writable())
      move_log();
    else
      try_to_resume();
    lock.lock();
  }
}

void Checkpointer::move_log() {
  auto moved = connection_->checkpoint();
  if (moved && !*moved && wal_bytes() > options_.max_wal_size) {
    if (const std::size_t ended = snapshots_.end_old(); ended > 0) {
      snapshots_ended_.add(static_cast<double>(ended));
      observe::warn("store.snapshots-ended",
                    {{"store", options_.id}, {"count", ended}, {"reason", "the write-ahead log is full"}});
      moved = connection_->checkpoint();
    }
  }
  if (!moved) {
    // If it was the log's sync: what was written relaxed is lost to the disk, and nothing may be built on it.
    if (disk_fails(moved.error())) health_.stop(moved.error());
    observe::error("store.checkpoint-failed", {{"store", options_.id}, {"reason", moved.error().describe()}});
    return;
  }
  // Once the log is moved whole, and nobody commits, it is as good as empty.
  const std::unique_lock writing(writer_.mutex, std::try_to_lock);
  if (*moved && writing.owns_lock()) {
    const auto rest = connection_->checkpoint();
    if (rest && *rest) wal_bytes_.store(0, std::memory_order_relaxed);
  }
}

void Checkpointer::try_to_resume() {
  const std::scoped_lock writing(writer_.mutex);
  // A failed sync is told once through each open file: what this connection's has to tell belongs to the
  // failure that is known already.
  (void)connection_->checkpoint();
  auto tried = empty_log();
  if (tried && *tried) {
    if (const auto written = probe(); written)
      health_.resume();
    else
      tried = std::unexpected(written.error());
  }
  if (!tried && stops_writing(tried.error())) health_.stop(tried.error());
}

Result<bool> Checkpointer::empty_log() {
  const auto error = health_.stopped_by();
  if (error && error->is(StoreError::kFull)) {
    TRY(writer_.connection->checkpoint());
    return true;
  }
  // After a sync that failed, the log on disk may lack what memory shows, and whatever is appended to it would
  // not be found after a power cut: it has to begin anew.
  snapshots_.end_old();
  return writer_.connection->restart_log();
}

Result<void> Checkpointer::probe() {
  Connection& connection = *writer_.connection;
  TRY(connection.execute("PRAGMA synchronous = FULL"));
  auto written = connection.execute(kProbe);
  if (connection.in_transaction()) (void)connection.execute("ROLLBACK");
  TRY(written);
  return connection.execute("DELETE FROM gannet_probe");
}

}  // namespace gannet::store::sqlite
