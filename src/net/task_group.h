// Background coroutines that somebody owns: no task runs that nobody can stop.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "net/runtime.h"
#include "net/task.h"

namespace gannet::net {

// Members may be called from any thread.
class TaskGroup {
 public:
  explicit TaskGroup(Runtime& runtime);
  // Cancels and joins; a task that does not end is a bug that blocks here.
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // Starts make() on a loop of the runtime. After cancel() it does nothing. `name` is for logs.
  void spawn(std::string name, std::function<Task<void>()> make);
  void spawn_on(Loop& loop, std::string name, std::function<Task<void>()> make);
  // Asks every task to end: what it awaits ends with operation_aborted.
  void cancel();
  // Waits until all have ended; false when they have not in time. Not on a loop's thread.
  bool join(Duration timeout);
  // The names of those that run.
  std::vector<std::string> running() const;

 private:
  struct State;
  Runtime& runtime_;
  std::shared_ptr<State> state_;
};

}  // namespace gannet::net
