// What every write to a store that may be changed for another one passes through.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <utility>

#include "base/clock.h"
#include "store/errors.h"

namespace gannet::store::migration {

// Any thread for enter(); the rest for one thread, that of the migration.
class WriteGate {
 public:
  // A write is under way for as long as it lives.
  class Pass {
   public:
    Pass(Pass&& other) noexcept
        : gate_(std::exchange(other.gate_, nullptr)), slot_(other.slot_), tracked_(other.tracked_) {}
    Pass(const Pass&) = delete;
    ~Pass() {
      if (gate_ != nullptr) gate_->leave(slot_);
    }
    // Whether the write has to be listed as a change.
    bool tracked() const { return tracked_; }

   private:
    friend class WriteGate;
    Pass(WriteGate& gate, std::size_t slot, bool tracked) : gate_(&gate), slot_(slot), tracked_(tracked) {}
    WriteGate* gate_;
    std::size_t slot_;
    bool tracked_;
  };

  // `wait`: how long a write waits while writes are paused. `clock` must outlive it.
  WriteGate(Duration wait, Clock& clock) : wait_(wait), clock_(clock) {}

  // kUnavailable ("try again") after that time.
  Result<Pass> enter();

  // From its return on every write is tracked (or none is); those begun before have ended.
  void track(bool on);
  // False if writes are still under way after `limit`: then nothing is paused.
  bool pause(Duration limit);
  void resume();
  // From now on each write waits so long first, lest changes come faster than they are copied.
  void slow_down(Duration delay) { delay_ = delay; }
  // As track(), only while paused.
  void track_paused(bool on);

 private:
  void leave(std::size_t slot);

  const Duration wait_;
  Clock& clock_;
  std::atomic<Duration> delay_{Duration{}};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool paused_ = false, tracked_ = false;
  std::uint64_t generation_ = 0;         // grows with track()
  std::uint64_t under_way_[2] = {0, 0};  // writes, by the last bit of their generation
};

}  // namespace gannet::store::migration
