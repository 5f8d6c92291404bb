#include "store/rocksdb/health.h"

#include <algorithm>
#include <utility>

#include "observe/log.h"

namespace gannet::store::rocks {

Health::Health(std::string id, Duration resume_interval)
    : id_(std::move(id)), resume_interval_(resume_interval), component_(observe::health(), "store." + id_) {}

void Health::start(rocksdb::DB& db) {
  db_ = &db;
  component_.set_ready();
  thread_ = std::thread([this] { run(); });
}

void Health::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

rocksdb::Status Health::background_error() const {
  std::lock_guard lock(mutex_);
  return error_;
}

bool Health::stalled() const {
  std::lock_guard lock(mutex_);
  return stalled_;
}

bool Health::wait_for_stall_end(Duration timeout) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, timeout, [this] { return !stalled_ || !error_.ok() || stopping_; });
}

void Health::write_failed(const rocksdb::Status& status) {
  {
    std::lock_guard lock(mutex_);
    error_ = status;
    refresh();
  }
  changed_.notify_all();
}

void Health::OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* error) {
  // A soft error (a compaction that failed and will be tried again) leaves writes on.
  if (error->severity() < rocksdb::Status::kHardError) return;
  write_failed(*error);
}

void Health::OnErrorRecoveryEnd(const rocksdb::BackgroundErrorRecoveryInfo& info) {
  {
    std::lock_guard lock(mutex_);
    error_ = info.new_bg_error;
    refresh();
  }
  changed_.notify_all();
}

void Health::OnStallConditionsChanged(const rocksdb::WriteStallInfo& info) {
  {
    std::lock_guard lock(mutex_);
    stopped_families_[info.cf_name] = info.condition.cur == rocksdb::WriteStallCondition::kStopped;
    stalled_ = std::ranges::any_of(stopped_families_, [](const auto& family) { return family.second; });
    refresh();
  }
  changed_.notify_all();
}

void Health::refresh() {
  const bool writable = error_.ok() && !stalled_;
  if (writable_.exchange(writable, std::memory_order_relaxed) == writable) return;
  if (writable) {
    observe::info("store.writes-resumed", {{"store", id_}});
    component_.set_ready();
  } else if (error_.ok()) {
    observe::warn("store.writes-stalled", {{"store", id_}, {"reason", "compactions are behind"}});
    component_.set_unready("writes wait for compactions");
  } else {
    const std::string reason = error_.ToString();
    observe::error("store.writes-stopped", {{"store", id_}, {"reason", reason}});
    component_.set_unready("writes have stopped: " + reason);
  }
}

void Health::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_.wait(lock, [this] { return stopping_ || !error_.ok(); });
    if (stopping_) return;
    if (changed_.wait_for(lock, resume_interval_, [this] { return stopping_ || error_.ok(); })) continue;
    lock.unlock();
    const rocksdb::Status resumed = db_->Resume();
    lock.lock();
    if (resumed.ok()) {
      error_ = rocksdb::Status::OK();
      told_to_restart_ = false;
    } else if (!resumed.IsNoSpace() && !std::exchange(told_to_restart_, true)) {
      observe::error("store.restart-needed",
                     {{"store", id_},
                      {"error", resumed.ToString()},
                      {"action",
                       "once the disk is well, restart the server: RocksDB does not go on after this error "
                       "before it is opened anew"}});
    }
    refresh();
  }
}

}  // namespace gannet::store::rocks
