#include "net/runtime.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <thread>

#include "net/loop.h"

namespace gannet::net {

Runtime::Runtime(RuntimeOptions options, const Clock& clock) : clock_(clock) {
  auto threads = options.threads ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  auto tick = std::clamp<Duration>(options.tick, std::chrono::milliseconds(1), std::chrono::minutes(1));
  for (unsigned i = 0; i < threads; ++i) loops_.push_back(std::make_unique<Loop>(clock, tick));
}

Runtime::~Runtime() {
  stop();
}

void Runtime::start() {
  std::signal(SIGPIPE, SIG_IGN);
  if (running_.exchange(true)) return;
  for (unsigned i = 0; i < loops_.size(); ++i) loops_[i]->start(i);
}

void Runtime::stop() {
  running_ = false;
  for (auto& loop : loops_) loop->stop();
}

Loop& Runtime::least_loaded() {
  auto load = [](const auto& loop) { return loop->load().load(std::memory_order_relaxed); };
  auto& least = *std::ranges::min_element(loops_, {}, load);
  // Handing a connection to another thread costs more than one connection of difference.
  const auto here = std::ranges::find(loops_, Loop::current(), &std::unique_ptr<Loop>::get);
  if (here != loops_.end() && load(*here) <= load(least) + 1) return **here;
  return *least;
}

Loop& Runtime::next_loop() {
  return *loops_[next_.fetch_add(1, std::memory_order_relaxed) % loops_.size()];
}

Loop* Runtime::current_loop() {
  return Loop::current();
}

Task<void> sleep_for(Duration duration) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, duration);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

}  // namespace gannet::net
