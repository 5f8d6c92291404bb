#include "store/server_health.h"

#include "observe/log.h"

namespace gannet::store {

ServerHealth::ServerHealth(std::string id, Duration interval, Probe probe, std::function<void()> housekeep)
    : id_(std::move(id)),
      interval_(interval),
      probe_(std::move(probe)),
      housekeep_(std::move(housekeep)),
      component_(observe::health(), "store." + id_) {
  component_.set_ready();
  thread_ = std::thread([this] { run(); });
}

void ServerHealth::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ServerHealth::succeeded() {
  if (writable()) return;
  const std::scoped_lock lock(mutex_);
  become({});
}

void ServerHealth::failed(const Error& why) {
  const std::scoped_lock lock(mutex_);
  become(std::unexpected(why));
}

void ServerHealth::suspect() {
  {
    const std::scoped_lock lock(mutex_);
    suspected_ = true;
  }
  changed_.notify_all();
}

// Call with mutex_ held, so that events come in the order of what happened.
void ServerHealth::become(const Result<void>& state) {
  if (writable_.exchange(state.has_value(), std::memory_order_relaxed) == state.has_value()) return;
  if (state) {
    observe::info("store.writes-resumed", {{"store", id_}});
    component_.set_ready();
  } else {
    observe::error("store.writes-stopped", {{"store", id_}, {"reason", state.error().describe()}});
    component_.set_unready("writes have stopped: " + state.error().text());
  }
}

void ServerHealth::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait_for(lock, interval_, [this] { return stopping_ || suspected_; });
    if (stopping_) return;
    const bool ask = suspected_ || !writable();
    suspected_ = false;
    lock.unlock();
    if (housekeep_) housekeep_();
    Result<void> state;
    if (ask) state = probe_();
    lock.lock();
    if (ask) become(state);
  }
}

}  // namespace gannet::store
