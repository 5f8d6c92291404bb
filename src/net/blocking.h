// The core's way to the edge: runs a coroutine on a loop and blocks until it has ended. For parts whose calls
// block and which speak a protocol of the edge to somebody else.
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <future>
#include <memory>

#include "base/clock.h"
#include "net/runtime.h"
#include "net/task.h"
#include "net/task_group.h"

namespace gannet::net {

// A loop of its own, with one thread. Any thread but a loop's. Whatever lives on the loop is gone before this
// is.
class BlockingCalls {
 public:
  // `tick`: how exact the deadlines of connections are.
  explicit BlockingCalls(const Clock& clock, Duration tick = std::chrono::milliseconds(50));
  ~BlockingCalls();
  BlockingCalls(const BlockingCalls&) = delete;
  BlockingCalls& operator=(const BlockingCalls&) = delete;

  // What make() gives, on the loop, has an end of its own: a deadline of the connection that it uses. An
  // exception passes through.
  template <typename T>
  T run(std::function<Task<T>()> make) {
    auto result = std::make_shared<std::promise<T>>();
    auto future = result->get_future();
    tasks_.spawn("call", [&] { return run_into<T>(std::move(make), result); });
    return future.get();
  }

 private:
  // The promise is shared: its end may come while set_value() is still at work.
  template <typename T>
  static Task<void> run_into(std::function<Task<T>()> make, std::shared_ptr<std::promise<T>> result) {
    std::exception_ptr thrown;
    try {
      result->set_value(co_await make());
    } catch (...) {
      thrown = std::current_exception();
    }
    if (thrown) result->set_exception(thrown);
  }

  Runtime runtime_;
  TaskGroup tasks_;
};

}  // namespace gannet::net
