#include "store/reachability.h"

#include "observe/log.h"

namespace gannet::store {

Reachability::Reachability(std::string id, Duration interval, std::function<Result<void>()> probe)
    : id_(std::move(id)),
      interval_(interval),
      probe_(std::move(probe)),
      component_(observe::health(), "store." + id_) {
  component_.set_ready();
  thread_ = std::thread([this] { run(); });
}

void Reachability::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Reachability::set(bool reachable, const std::string& reason) {
  const std::scoped_lock lock(mutex_);
  if (reachable_.load(std::memory_order_relaxed) == reachable) return;
  reachable_.store(reachable, std::memory_order_relaxed);
  if (reachable) {
    component_.set_ready();
    observe::info("store.reachable", {{"store", id_}});
  } else {
    component_.set_unready(reason);
    observe::error("store.unreachable", {{"store", id_}, {"reason", reason}});
  }
  changed_.notify_all();
}

void Reachability::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !reachable_.load(std::memory_order_relaxed); });
    if (stopping_ || changed_.wait_for(lock, interval_, [this] { return stopping_; })) return;
    lock.unlock();
    const auto answer = probe_();
    if (answer) set(true, {});
    lock.lock();
  }
}

}  // namespace gannet::store
