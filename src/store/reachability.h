// Whether a backend that is a server elsewhere can be reached, told once a change: as an event
// (store.unreachable, store.reachable), as the component store.<id> of /healthz/ready, and to writable().
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.h"
#include "observe/health.h"
#include "store/errors.h"

namespace gannet::store {

// Owns one thread, which asks `probe` every `interval` while the server is unreachable. Any thread.
class Reachability {
 public:
  // `probe` reaches the server or says why not; it may block for as long as its own time-out.
  Reachability(std::string id, Duration interval, std::function<Result<void>()> probe);
  ~Reachability() { stop(); }
  Reachability(const Reachability&) = delete;

  bool reachable() const { return reachable_.load(std::memory_order_relaxed); }
  // An operation succeeded.
  void succeeded() {
    if (!reachable()) set(true, {});
  }
  // An operation failed because the server was not there, or would not take writes.
  void failed(const Error& error) { set(false, error.describe()); }
  // Ends the thread; call it before what `probe` uses goes.
  void stop();

 private:
  void set(bool reachable, const std::string& reason);
  void run();

  const std::string id_;
  const Duration interval_;
  const std::function<Result<void>()> probe_;
  std::atomic<bool> reachable_{true};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  observe::HealthComponent component_;
  std::thread thread_;
};

}  // namespace gannet::store
