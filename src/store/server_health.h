// Whether the server behind a store can be reached and takes writes: for backends on a server of their own.
//
//   | state    | entered by                                 | a call                    | left by           |
//   |----------|--------------------------------------------|---------------------------|-------------------|
//   | writable | opening; a probe or a commit that succeeds | is tried                  | failed(), a probe |
//   | stopped  | failed(); a probe that fails               | is tried (it may succeed) | a probe, a commit |
//
// What changes is told as an event (store.writes-stopped, store.writes-resumed) and as the component store.<id> of
// /healthz/ready.
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

// Any thread. Owns one thread, which probes the server while it is stopped or suspected.
class ServerHealth {
 public:
  // Whether the server takes writes now. Called from the thread of this class alone; must end by itself.
  using Probe = std::function<Result<void>()>;

  // Every `interval` the thread calls `housekeep`, and `probe` while writes are stopped.
  ServerHealth(std::string id, Duration interval, Probe probe, std::function<void()> housekeep = {});
  ~ServerHealth() { stop(); }
  ServerHealth(const ServerHealth&) = delete;

  bool writable() const { return writable_.load(std::memory_order_relaxed); }
  // A commit was answered. Costs next to nothing where all was well before.
  void succeeded();
  // It cannot be reached, or was silent for too long.
  void failed(const Error& why);
  // A connection was lost, which may have been that connection alone: a probe follows at once and decides.
  void suspect();
  // Ends the thread: call it before what the probe uses goes, where that is not by the order of members.
  void stop();

 private:
  void run();
  void become(const Result<void>& state);

  const std::string id_;
  const Duration interval_;
  const Probe probe_;
  const std::function<void()> housekeep_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool suspected_ = false, stopping_ = false;
  std::atomic<bool> writable_{true};
  observe::HealthComponent component_;
  std::thread thread_;
};

}  // namespace gannet::store
