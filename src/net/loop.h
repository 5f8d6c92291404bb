// Internal: one event loop, its thread, and the channels that live on it.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <thread>
#include <utility>

#include "base/clock.h"

namespace gannet::net {

namespace internal {
class Channel;
}  // namespace internal

// How far the server's end has come, as the sessions see it.
enum class Drain : unsigned char {
  kNone,
  kCommands,  // waiting for a command ends with kShutdown; a command in hand goes on
  kAll,       // every wait ends with kShutdown
};

// All members on the loop's own thread unless it says otherwise.
class Loop {
 public:
  using Executor = boost::asio::io_context::executor_type;

  Loop(const Clock& clock, Duration tick);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // From the Runtime's thread.
  void start(unsigned number);
  void stop();

  // Any thread.
  Executor executor() { return context_.get_executor(); }
  template <typename F>
  void post(F function) {
    boost::asio::post(context_, std::move(function));
  }
  boost::asio::io_context& context() { return context_; }
  SteadyTime now() const { return clock_.steady(); }
  // Connections that are here or on their way.
  std::atomic<std::size_t>& load() { return load_; }
  static Loop* current();

  void add(internal::Channel& channel);
  void remove(internal::Channel& channel);
  Drain drain() const { return drain_; }
  void set_drain(Drain drain);

 private:
  void run();
  void arm_tick();
  void interrupt_expired();

  const Clock& clock_;
  const Duration tick_;
  std::atomic<std::size_t> load_{0};
  Drain drain_ = Drain::kNone;
  internal::Channel* first_ = nullptr;
  std::thread thread_;
  // Last, so that what its handlers own finds the rest alive when they are destroyed with it.
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<Executor> work_;
  boost::asio::steady_timer timer_;
};

}  // namespace gannet::net
