// How much memory messages that are coming in may take, all sessions of a server together.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace gannet::smtp {

// Any thread.
class MessageMemory {
 public:
  explicit MessageMemory(std::uint64_t limit) : limit_(limit) {}
  std::uint64_t used() const { return used_.load(std::memory_order_relaxed); }

 private:
  friend class MessageShare;
  const std::uint64_t limit_;
  std::atomic<std::uint64_t> used_{0};
};

// What one message takes of it; given back at the end. Messages below kFree cost nothing, so that the many
// small ones never meet here: they are bounded by the number of connections.
class MessageShare {
 public:
  static constexpr std::uint64_t kFree = 64 << 10;
  static constexpr std::uint64_t kStep = 256 << 10;

  MessageShare() = default;
  explicit MessageShare(std::shared_ptr<MessageMemory> memory) : memory_(std::move(memory)) {}
  MessageShare(MessageShare&& other) noexcept
      : memory_(std::move(other.memory_)), taken_(std::exchange(other.taken_, 0)) {}
  MessageShare& operator=(MessageShare&& other) noexcept {
    give_back();
    memory_ = std::move(other.memory_);
    taken_ = std::exchange(other.taken_, 0);
    return *this;
  }
  ~MessageShare() { give_back(); }

  // Whether a message of `size` octets has room. When not, the share stays as it was.
  bool reach(std::uint64_t size) {
    if (!memory_ || size <= kFree || size <= taken_) return true;
    const std::uint64_t step = std::max(size - taken_, kStep);
    if (memory_->used_.fetch_add(step, std::memory_order_relaxed) + step > memory_->limit_) {
      memory_->used_.fetch_sub(step, std::memory_order_relaxed);
      return false;
    }
    taken_ += step;
    return true;
  }
  void give_back() {
    if (taken_ != 0) memory_->used_.fetch_sub(std::exchange(taken_, 0), std::memory_order_relaxed);
  }

 private:
  std::shared_ptr<MessageMemory> memory_;
  std::uint64_t taken_ = 0;
};

}  // namespace gannet::smtp
