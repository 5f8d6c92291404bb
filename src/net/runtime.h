// The event loops of the edge: one thread and one io_context each.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "net/task.h"

namespace gannet::net {

class Loop;  // internal: loop.h

struct RuntimeOptions {
  unsigned threads = 0;                     // 0: one per core
  Duration tick = std::chrono::seconds(1);  // how often deadlines are checked; a minute at most
};

// Owner of the loops. Construct it before, and destroy it after, everything that lives on them; a WorkerPool
// is stopped before its Runtime is destroyed, since a task's coroutine waits on a loop.
class Runtime {
 public:
  Runtime(RuntimeOptions options, const Clock& clock);
  // stop()
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  // Starts the threads. SIGPIPE is ignored from here on, since OpenSSL writes to sockets by write(2).
  void start();
  // Ends the threads where they are, and joins them. For an orderly end, Edge::drain() and TaskGroup::join()
  // come first. Not from a loop's own thread.
  void stop();

  bool running() const { return running_; }

  std::size_t size() const { return loops_.size(); }
  Loop& loop(std::size_t i) { return *loops_[i]; }
  // The loop with the fewest connections, or the caller's own if that has hardly more.
  Loop& least_loaded();
  // One after the other, for background tasks.
  Loop& next_loop();
  // The loop whose thread calls; nullptr on any other thread.
  static Loop* current_loop();
  const Clock& clock() const { return clock_; }

 private:
  const Clock& clock_;
  std::atomic<bool> running_{false};
  std::atomic<std::size_t> next_{0};
  std::vector<std::unique_ptr<Loop>> loops_;
};

// Rests a coroutine that is not bound to a connection. Ends early, by an exception, when its TaskGroup is
// cancelled.
Task<void> sleep_for(Duration duration);

}  // namespace gannet::net
