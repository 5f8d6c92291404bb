// How many threads one directory may hold. Its calls block, and they are made on threads that all clients share; a
// server that has become slow must not have all of them.
//
//   | callers inside          | one more                                                                   |
//   |-------------------------|----------------------------------------------------------------------------|
//   | fewer than the most     | goes in                                                                    |
//   | the most                | waits for some moments, while in each of them somebody leaves              |
//   | the most, and the last  | is told to try again at once, until somebody leaves                        |
//   | one waited in vain      |                                                                            |
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "directory/errors.h"

namespace gannet::directory {

// Any thread.
class Callers {
 public:
  // `key` is `directory.<id>`, for the error. Waiting is in real time.
  Callers(std::size_t most, std::string key, Duration patience = std::chrono::milliseconds(250))
      : most_(most), key_(std::move(key)), patience_(patience) {}

  // One who is inside, for as long as it lives.
  class Inside {
   public:
    explicit Inside(Callers* callers) : callers_(callers) {}
    Inside(Inside&& other) noexcept : callers_(std::exchange(other.callers_, nullptr)) {}
    Inside& operator=(Inside&&) = delete;
    ~Inside() {
      if (callers_) callers_->leave();
    }

   private:
    Callers* callers_;
  };

  // kUnavailable: try again later.
  Result<Inside> enter() {
    std::unique_lock lock(mutex_);
    if (!wait_for_place(lock)) {
      stuck_ = true;
      return fail(DirectoryError::kUnavailable, "the directory is busy, try again later",
                  std::to_string(most_) + " callers wait for it, which are all that " + key_ +
                      ".pool.max-connections and pool.max-waiting let wait",
                  Retry::kCanHelp);
    }
    ++inside_;
    return Inside(this);
  }

 private:
  bool wait_for_place(std::unique_lock<std::mutex>& lock) {
    const auto end = std::chrono::steady_clock::now() + 8 * patience_;
    while (inside_ >= most_) {
      const auto before = departures_;
      if (stuck_ || std::chrono::steady_clock::now() >= end) return false;
      if (!left_.wait_for(lock, patience_, [&] { return inside_ < most_ || departures_ != before; }))
        return false;
    }
    return true;
  }

  void leave() {
    const std::scoped_lock lock(mutex_);
    --inside_;
    ++departures_;
    stuck_ = false;
    left_.notify_one();
  }

  const std::size_t most_;
  const std::string key_;
  const Duration patience_;
  std::mutex mutex_;
  std::condition_variable left_;
  std::size_t inside_ = 0;
  std::uint64_t departures_ = 0;
  bool stuck_ = false;
};

}  // namespace gannet::directory
