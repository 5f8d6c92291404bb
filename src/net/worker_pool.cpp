#include "net/worker_pool.h"

#include <pthread.h>

#include <algorithm>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <system_error>

#include "base/assert.h"
#include "base/futex.h"
#include "net/metrics.h"

namespace gannet::net {

namespace asio = boost::asio;

namespace {

enum class Outcome { kDone, kThrew, kStopped };

double seconds(std::chrono::steady_clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

thread_local WorkerPool* current_pool = nullptr;  // whose thread this is

Result<> result_of(Outcome outcome, std::string detail) {
  if (outcome == Outcome::kThrew) return fail(NetError::kInternal, "internal error", std::move(detail));
  if (outcome == Outcome::kStopped)
    return fail(NetError::kShutdown, "the server is stopping", Retry::kCanHelp);
  return {};
}

}  // namespace

struct WorkerPool::Job {
  std::function<void()> call;  // one of the two
  std::function<void(Done)> call_until;
  std::shared_ptr<void> keep;
  asio::any_completion_handler<void(Result<>)> resume;
  asio::any_io_executor executor;  // the coroutine's own
  std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();

  // Before the coroutine goes on, this side lets go of the function, which so dies with the coroutine on its
  // own loop.
  void complete(Outcome outcome, std::string detail = {}) {
    call = nullptr;
    call_until = nullptr;
    keep.reset();
    asio::post(executor,
               [handler = std::move(resume), result = result_of(outcome, std::move(detail))]() mutable {
                 std::move(handler)(std::move(result));
               });
  }
};

WorkerPool::WorkerPool(WorkerPoolOptions options)
    : options_(options), metrics_(std::make_unique<const WorkerMetrics>()) {
  auto gauge = [&](const char* name, const char* help, const std::size_t* value) {
    gauges_.push_back(std::make_unique<observe::GaugeCallback>(name, help, observe::Labels{}, [this, value] {
      std::lock_guard lock(mutex_);
      return static_cast<double>(*value);
    }));
  };
  gauge("gannet_worker_queued", "Core calls that wait for a thread", &waiting_);
  gauge("gannet_worker_running", "Core calls on a thread", &running_);
  auto threads = options.threads ? options.threads : std::max(8u, 4 * std::thread::hardware_concurrency());
  few_ = threads;
  usual_ = alive_ = threads + options.more_threads;
  seats_.resize(usual_);
  idle_.reserve(usual_ + options.most_spare);
  for (std::size_t i = 0; i < usual_; ++i) threads_.emplace_back([this, i] { run_thread(i); });
}

WorkerPool::~WorkerPool() {
  stop();
}

Task<Result<>> WorkerPool::run_erased(std::function<void()> call, std::shared_ptr<void> keep) {
  if (auto room = reserve(); !room) co_return room;
  auto executor = co_await asio::this_coro::executor;
  auto initiate = [this, executor](auto handler, std::function<void()> c, std::shared_ptr<void> k) {
    submit(std::make_unique<Job>(std::move(c), nullptr, std::move(k), std::move(handler), executor));
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Result<>)>(
      initiate, asio::use_awaitable, std::move(call), std::move(keep));
}

Task<Result<>> WorkerPool::run_until_erased(std::function<void(Done)> call) {
  if (auto room = reserve(); !room) co_return room;
  auto executor = co_await asio::this_coro::executor;
  auto initiate = [this, executor](auto handler, std::function<void(Done)> c) {
    submit(std::make_unique<Job>(nullptr, std::move(c), nullptr, std::move(handler), executor));
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Result<>)>(
      initiate, asio::use_awaitable, std::move(call));
}

WorkerPool::Done::Done(std::unique_ptr<Job> job) : job_(std::move(job)) {}
WorkerPool::Done::Done(Done&&) noexcept = default;
WorkerPool::Done::~Done() {
  if (job_) job_->complete(Outcome::kThrew, "the end was never told");
}
void WorkerPool::Done::operator()() {
  if (auto job = std::move(job_)) job->complete(Outcome::kDone);
}

WorkerPool::Waiting::Waiting() : pool_(current_pool) {
  if (!pool_) return;
  const std::lock_guard lock(pool_->mutex_);
  ++pool_->away_;
  if (!pool_->queue_.empty()) pool_->start_spare();
}

WorkerPool::Waiting::~Waiting() {
  if (!pool_) return;
  const std::lock_guard lock(pool_->mutex_);
  --pool_->away_;
}

void WorkerPool::start_spare() {
  if (stopping_ || !idle_.empty() || alive_ - away_ >= few_ || alive_ >= usual_ + options_.most_spare) return;
  for (auto& thread : ended_) thread.join();
  ended_.clear();
  const bool again = !free_seats_.empty();
  const std::size_t number = again ? free_seats_.back() : seats_.size();
  if (!again) {
    seats_.emplace_back();
    threads_.emplace_back();
  }
  try {
    threads_[number] = std::thread([this, number] { run_thread(number); });
  } catch (const std::system_error&) {
    // No more threads to be had: the call waits for one of those that are there.
    if (!again) free_seats_.push_back(number);
    return;
  }
  if (again) free_seats_.pop_back();
  ++alive_;
}

bool WorkerPool::retires(std::size_t number) {
  if (alive_ - away_ <= usual_ || stopping_) return false;
  --alive_;
  free_seats_.push_back(number);
  ended_.push_back(std::move(threads_[number]));
  return true;
}

Result<> WorkerPool::reserve() {
  std::lock_guard lock(mutex_);
  if (stopping_) return result_of(Outcome::kStopped, {});
  if (waiting_ >= options_.queue_limit + (alive_ - std::min(alive_, running_))) {
    ++rejected_;
    metrics_->rejected.add();
    return fail(NetError::kOverloaded, "the server is busy, try again later", Retry::kCanHelp);
  }
  ++waiting_;
  return {};
}

void WorkerPool::submit(std::unique_ptr<Job> job) {
  std::unique_lock lock(mutex_);
  if (stopping_) {
    --waiting_;
    lock.unlock();
    job->complete(Outcome::kStopped);
    return;
  }
  queue_.push_back(std::move(job));
  if (idle_.empty()) {
    start_spare();
    return;
  }
  Seat& seat = seats_[idle_.back()];
  idle_.pop_back();
  seat.called.store(1, std::memory_order_release);
  lock.unlock();
  wake_one(seat.called);
}

void WorkerPool::run_thread(std::size_t number) {
  pthread_setname_np(pthread_self(), "worker");
  current_pool = this;
  Seat& seat = seats_[number];
  std::unique_lock lock(mutex_);
  for (;;) {
    while (!stopping_ && queue_.empty()) {
      seat.called.store(0, std::memory_order_relaxed);
      idle_.push_back(number);
      lock.unlock();
      sleep_while(seat.called, 0u);
      lock.lock();
    }
    if (stopping_) return;
    auto job = std::move(queue_.front());
    queue_.pop_front();
    --waiting_;
    ++running_;
    lock.unlock();
    auto start = std::chrono::steady_clock::now();
    metrics_->waited.observe(seconds(start - job->since));
    auto outcome = Outcome::kDone;
    std::string detail;
    try {
      if (job->call_until) {
        auto call = std::move(job->call_until);
        call(Done(std::move(job)));
      } else {
        job->call();
      }
    } catch (const std::exception& e) {
      outcome = Outcome::kThrew;
      detail = e.what();
    } catch (...) {
      outcome = Outcome::kThrew;
      detail = "unknown exception";
    }
    if (outcome == Outcome::kThrew) GANNET_BUG(("worker task threw: " + detail).c_str());
    metrics_->ran.observe(seconds(std::chrono::steady_clock::now() - start));
    (outcome == Outcome::kDone ? metrics_->finished : metrics_->failed).add();
    lock.lock();
    --running_;
    ++(outcome == Outcome::kDone ? finished_ : failed_);
    lock.unlock();
    // Null where call_until took it.  NOLINTNEXTLINE(bugprone-use-after-move)
    if (job) job->complete(outcome, std::move(detail));
    job.reset();
    lock.lock();
    if (retires(number)) return;
  }
}

void WorkerPool::stop() {
  std::deque<std::unique_ptr<Job>> waiting;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    waiting.swap(queue_);
    waiting_ -= waiting.size();
    idle_.clear();
    for (auto& seat : seats_) {
      seat.called.store(1, std::memory_order_release);
      wake_one(seat.called);
    }
  }
  for (auto& job : waiting) job->complete(Outcome::kStopped);
  // None is started or ends by itself any more.
  for (auto* threads : {&threads_, &ended_})
    for (auto& thread : *threads)
      if (thread.joinable()) thread.join();
}

std::size_t WorkerPool::threads() const {
  const std::lock_guard lock(mutex_);
  return alive_;
}

WorkerPoolStats WorkerPool::stats() const {
  std::lock_guard lock(mutex_);
  return {.finished = finished_,
          .rejected = rejected_,
          .failed = failed_,
          .queued = waiting_,
          .running = running_};
}

}  // namespace gannet::net
