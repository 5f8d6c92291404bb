// The bridge from the edge to the core: runs a blocking call on a bounded pool of threads.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.h"
#include "net/errors.h"
#include "net/task.h"

namespace gannet::observe {
class GaugeCallback;
}

namespace gannet::net {

struct WorkerMetrics;  // internal: metrics.h

namespace internal {
template <typename T>
struct ResultOf {
  using type = Result<T>;
};
template <typename T>
struct ResultOf<Result<T>> {
  using type = Result<T>;
};
}  // namespace internal

struct WorkerPoolOptions {
  unsigned threads = 0;       // 0: four per core, at least 8: they block on storage, not on the processor
  unsigned more_threads = 0;  // beside those, for calls that may wait long
  unsigned most_spare = 0;    // beside those, for as long as so many wait in a Waiting
  std::size_t queue_limit = 4096;  // tasks that wait for a thread
};

struct WorkerPoolStats {
  std::uint64_t finished = 0;
  std::uint64_t rejected = 0;  // kOverloaded
  std::uint64_t failed = 0;    // threw an exception
  std::size_t queued = 0;      // now
  std::size_t running = 0;     // now
};

// Any thread; run() is awaited on a loop's thread.
class WorkerPool {
  struct Job;

 public:
  explicit WorkerPool(WorkerPoolOptions options);
  // stop()
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Calls `function()` on a thread of the pool and resumes on the caller's own executor. A function that
  // returns T or Result<T> gives Result<T>. What it captures by reference must outlive the co_await, which is
  // so for locals of the awaiting coroutine; the function object itself is destroyed on the caller's loop.
  // Not cancellable once it has begun. kOverloaded at once when the queue is full, kShutdown after stop(),
  // kInternal when it throws.
  template <typename F>
  Task<typename internal::ResultOf<std::invoke_result_t<F&>>::type> run(F function) {
    using R = typename internal::ResultOf<std::invoke_result_t<F&>>::type;
    // Shared with the pool, so that the result has a place even if the coroutine is gone.
    struct Box {
      F function;
      std::optional<R> result;
    };
    auto box = std::make_shared<Box>(Box{std::move(function), std::nullopt});
    Result<> ran = co_await run_erased(
        [b = box.get()] {
          if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
            b->function();
            b->result.emplace();
          } else {
            b->result.emplace(b->function());
          }
        },
        box);
    if (!ran) co_return std::unexpected(std::move(ran).error());
    co_return std::move(*box->result);
  }

  // Called once, by any thread: the coroutine that waits goes on. Dropped uncalled, it goes on with kInternal.
  class Done {
   public:
    Done(Done&&) noexcept;
    Done& operator=(Done&&) = delete;
    ~Done();
    void operator()();

   private:
    friend class WorkerPool;
    explicit Done(std::unique_ptr<Job> job);
    std::unique_ptr<Job> job_;
  };

  // As run(), but resumes once the function has had its `Done` called rather than when it returns: it may hand
  // that on to whoever does the rest, and leave its thread. F: void(Done). stop() does not wait for those.
  template <typename F>
  Task<Result<>> run_until(F function) {
    co_return co_await run_until_erased([&function](Done done) { function(std::move(done)); });
  }

  // While it lives, the calling thread waits for a system that may have become slow. When so many threads of a pool do
  // that none of its `threads` is left for other calls, the pool starts others, up to `most_spare`, and ends them
  // afterwards. Means nothing on a thread of no pool.
  class Waiting {
   public:
    Waiting();
    ~Waiting();
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

   private:
    WorkerPool* const pool_;
  };

  // Lets what runs finish, gives kShutdown to what waits, and joins the threads. Blocks; not on a loop's
  // thread.
  void stop();

  WorkerPoolStats stats() const;
  std::size_t threads() const;  // now

 private:
  Task<Result<>> run_erased(std::function<void()> call, std::shared_ptr<void> keep);
  Task<Result<>> run_until_erased(std::function<void(Done)> call);
  // A place in the queue.
  Result<> reserve();
  void submit(std::unique_ptr<Job> job);
  void run_thread(std::size_t number);
  // Both: mutex_ is held.
  void start_spare();
  bool retires(std::size_t number);

  // Where a thread waits. The one that went idle last is woken first: its caches are warm.
  struct Seat {
    std::atomic<std::uint32_t> called{0};
  };

  const WorkerPoolOptions options_;
  mutable std::mutex mutex_;
  std::deque<Seat> seats_;         // one a thread; of those that ended, for the next one
  std::vector<std::size_t> idle_;  // threads that wait, the last one on top
  std::deque<std::unique_ptr<Job>> queue_;
  bool stopping_ = false;
  std::size_t waiting_ = 0;  // places taken: in the queue, or about to be
  std::size_t running_ = 0;
  std::uint64_t finished_ = 0;
  std::uint64_t rejected_ = 0;
  std::uint64_t failed_ = 0;
  const std::unique_ptr<const WorkerMetrics> metrics_;
  std::vector<std::unique_ptr<observe::GaugeCallback>> gauges_;
  std::size_t usual_ = 0, few_ = 0;  // threads with and without more_threads
  std::size_t alive_ = 0;            // with the spare ones
  std::size_t away_ = 0;             // in a Waiting
  std::vector<std::size_t> free_seats_;
  std::vector<std::thread> ended_;    // spare ones, to be joined
  std::vector<std::thread> threads_;  // by their seats
};

}  // namespace gannet::net
