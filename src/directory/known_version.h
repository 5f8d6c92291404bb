// The version of the internal directory (schema.h) that the store holds now, remembered, for a store that no
// other process writes to: then the cache answers without asking the store, and never from before a change.
//
//   | what happens       | now()                                                        |
//   |--------------------|--------------------------------------------------------------|
//   | a read, learn()ed  | that version, unless a change began after the mark()         |
//   | a change begins    | nothing, until a read that began after its end is learn()ed  |
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>

namespace gannet::directory {

// Any thread. Shared by all directories over one store.
class KnownVersion {
 public:
  // Never waits.
  std::optional<std::uint64_t> now() const {
    const std::uint64_t version = version_.load(std::memory_order_acquire);
    return version != 0 ? std::optional(version) : std::nullopt;
  }

  // Take it before the version is read.
  std::uint64_t mark() const {
    std::lock_guard lock(mutex_);
    return changes_;
  }
  void learn(std::uint64_t mark, std::uint64_t version) {
    std::lock_guard lock(mutex_);
    if (mark == changes_ && running_ == 0) version_.store(version, std::memory_order_release);
  }

  // Lives from before a change is committed until its outcome is known.
  class Change {
   public:
    explicit Change(KnownVersion* known) : known_(known) { step(1); }
    ~Change() { step(-1); }
    Change(const Change&) = delete;

   private:
    void step(int by) {
      if (!known_) return;
      std::lock_guard lock(known_->mutex_);
      known_->running_ += by;
      ++known_->changes_;
      known_->version_.store(0, std::memory_order_release);
    }
    KnownVersion* const known_;  // null: nobody remembers
  };

 private:
  mutable std::mutex mutex_;
  std::uint64_t changes_ = 0;  // begun and ended
  int running_ = 0;
  std::atomic<std::uint64_t> version_{0};  // 0: not known
};

}  // namespace gannet::directory
