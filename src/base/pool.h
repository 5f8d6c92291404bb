// A bounded pool of things that are costly to make: connections to a database or directory.
//
//   Pool<Connection> pool(options, clock, [] { return connect(); });
//   auto lease = TRY(pool.take());
//   if (lease->broken()) lease.discard();   // else it goes back when the lease ends
//
// Errors: what `make` returns, and PoolError::kExhausted when nothing came free within `wait_timeout`.
//
// A take costs at most `wait_timeout`, one check and one make: where one that was idle no longer works, its server was
// restarted or is silent, and the others that were idle are closed without a check each.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace gannet {

enum class PoolError { kExhausted = 1 };
constexpr const char* error_domain(PoolError) {
  return "pool";
}

struct PoolOptions {
  std::size_t max_connections = 10;
  std::size_t min_connections = 0;     // kept open when nothing is to do, once they were needed
  Duration wait_timeout{30'000};       // for a free one
  Duration max_lifetime{0};            // since it was made; 0: for ever
  Duration idle_timeout{10 * 60'000};  // unused ones beyond the minimum are closed; 0: never
  Duration check_after{1'000};         // one that was unused for longer is checked before it is handed out
};

struct PoolStatistics {
  std::size_t open = 0;  // in use and idle
  std::size_t in_use = 0;
  std::uint64_t created = 0;
  std::uint64_t discarded = 0;  // broken, too old, or idle for too long
  std::uint64_t waited = 0;     // takes that had to wait
  std::uint64_t exhausted = 0;  // takes that gave up
};

// T is closed outside of the lock. Any thread.
template <typename T>
class Pool {
 public:
  using Make = std::function<Result<std::unique_ptr<T>>()>;
  // Whether one that was idle still works; may ask the server.
  using Check = std::function<bool(T&)>;

 private:
  struct Held {
    std::unique_ptr<T> value;
    SteadyTime made{};
    SteadyTime last_used{};
    bool used = false;
  };

 public:
  // Gives its connection back when it ends. The pool must outlive it.
  class Lease {
   public:
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (held_.value) pool_->give_back(std::move(held_), broken_);
    }
    T& operator*() const { return *held_.value; }
    T* operator->() const { return held_.value.get(); }
    // It is broken: closed instead of given back.
    void discard() { broken_ = true; }
    // Whether it was used before: what fails at its first use may be just a connection that the server closed.
    bool reused() const { return held_.used; }

   private:
    friend class Pool;
    Lease(Pool* pool, Held held) : pool_(pool), held_(std::move(held)) {}
    Pool* pool_;
    Held held_;
    bool broken_ = false;
  };

  // `clock` must outlive it. Waiting for a free one is in real time.
  Pool(const PoolOptions& options, Clock& clock, Make make, Check check = {})
      : options_(options), clock_(clock), make_(std::move(make)), check_(std::move(check)) {}
  Pool(const Pool&) = delete;

  Result<Lease> take() {
    reap();
    const auto until = std::chrono::steady_clock::now() + options_.wait_timeout;
    for (bool check_failed = false;; check_failed = true) {
      Held held;
      {
        std::unique_lock lock(mutex_);
        if (!wait_for_one(lock, until)) return exhausted();
        if (idle_.empty()) {
          ++open_;  // a place for the one that is made now
        } else {
          held = std::move(idle_.front());
          idle_.pop_front();
        }
      }
      if (!held.value) return made();
      if (!needs_check(held) || (!check_failed && check_(*held.value))) return Lease(this, std::move(held));
      give_back(std::move(held), true);
      close_unchecked();
    }
  }

  // Closes what is too old or has been idle for too long. take() does it too; call it now and then where takes
  // are rare.
  void reap() {
    std::list<Held> closing;
    const SteadyTime now = clock_.steady();
    {
      const std::scoped_lock lock(mutex_);
      for (auto it = idle_.begin(); it != idle_.end();) {
        const auto next = std::next(it);
        const bool spare = open_ - closing.size() > options_.min_connections;
        if (too_old(*it, now) ||
            (options_.idle_timeout.count() > 0 && spare && now - it->last_used >= options_.idle_timeout))
          closing.splice(closing.end(), idle_, it);
        it = next;
      }
    }
    close(std::move(closing));
  }

  // Makes what is missing of min_connections. The error of the first that cannot be made.
  Result<void> fill() {
    for (;;) {
      {
        const std::scoped_lock lock(mutex_);
        if (open_ >= options_.min_connections || open_ >= options_.max_connections) return {};
        ++open_;
      }
      auto lease = made();
      if (!lease) return std::unexpected(std::move(lease).error());
    }
  }

  // Closes all idle ones: their server was restarted, say.
  void clear() {
    std::list<Held> closing;
    {
      const std::scoped_lock lock(mutex_);
      closing.swap(idle_);
    }
    close(std::move(closing));
  }

  PoolStatistics statistics() const {
    const std::scoped_lock lock(mutex_);
    PoolStatistics out = statistics_;
    out.open = open_, out.in_use = open_ - idle_.size();
    return out;
  }
  const PoolOptions& options() const { return options_; }

 private:
  bool needs_check(const Held& held) const {
    return check_ && clock_.steady() - held.last_used >= options_.check_after;
  }

  // Those that were used a moment ago stay.
  void close_unchecked() {
    std::list<Held> closing;
    {
      const std::scoped_lock lock(mutex_);
      for (auto it = idle_.begin(); it != idle_.end();) {
        const auto next = std::next(it);
        if (needs_check(*it)) closing.splice(closing.end(), idle_, it);
        it = next;
      }
    }
    close(std::move(closing));
  }

  bool wait_for_one(std::unique_lock<std::mutex>& lock, std::chrono::steady_clock::time_point until) {
    const auto free = [this] { return !idle_.empty() || open_ < options_.max_connections; };
    if (free()) return true;
    ++statistics_.waited;
    if (freed_.wait_until(lock, until, free)) return true;
    ++statistics_.exhausted;
    return false;
  }

  std::unexpected<Error> exhausted() const {
    return fail(PoolError::kExhausted,
                "all " + std::to_string(options_.max_connections) + " connections are in use",
                Retry::kCanHelp);
  }

  // Outside of the lock, and before their places are others': so never more than the most are open.
  void close(std::list<Held> closing) {
    if (closing.empty()) return;
    const std::size_t count = closing.size();
    closing.clear();
    const std::scoped_lock lock(mutex_);
    open_ -= count, statistics_.discarded += count;
    freed_.notify_all();
  }

  // Its place is taken in open_ already.
  Result<Lease> made() {
    auto value = make_();
    const SteadyTime now = clock_.steady();
    const std::scoped_lock lock(mutex_);
    if (!value) {
      --open_;
      freed_.notify_one();
      return std::unexpected(std::move(value).error());
    }
    ++statistics_.created;
    return Lease(this, Held{.value = *std::move(value), .made = now, .last_used = now});
  }

  void give_back(Held held, bool broken) {
    const SteadyTime now = clock_.steady();
    held.last_used = now, held.used = true;
    const bool closing = broken || too_old(held, now);
    if (closing) held.value.reset();  // as close()
    const std::scoped_lock lock(mutex_);
    freed_.notify_one();
    if (closing) {
      --open_, ++statistics_.discarded;
      return;
    }
    idle_.push_front(std::move(held));
  }

  bool too_old(const Held& held, SteadyTime now) const {
    return options_.max_lifetime.count() > 0 && now - held.made >= options_.max_lifetime;
  }

  const PoolOptions options_;
  Clock& clock_;
  const Make make_;
  const Check check_;
  mutable std::mutex mutex_;
  std::condition_variable freed_;
  std::list<Held> idle_;  // the most recently used first
  std::size_t open_ = 0;  // idle, in use, being made
  PoolStatistics statistics_;
};

}  // namespace gannet
