#include "store/migration/write_gate.h"

namespace gannet::store::migration {

Result<WriteGate::Pass> WriteGate::enter() {
  if (const Duration delay = delay_; delay > Duration{}) clock_.sleep(delay);
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, wait_, [&] { return !paused_; }))
    return fail(StoreError::kUnavailable, "the store is just being changed for another one: try again",
                Retry::kCanHelp);
  const std::size_t slot = generation_ & 1;
  ++under_way_[slot];
  return Pass(*this, slot, tracked_);
}

void WriteGate::leave(std::size_t slot) {
  const std::scoped_lock lock(mutex_);
  if (--under_way_[slot] == 0) changed_.notify_all();
}

void WriteGate::track(bool on) {
  std::unique_lock lock(mutex_);
  if (tracked_ == on) return;
  tracked_ = on;
  const std::size_t before = generation_++ & 1;
  changed_.wait(lock, [&] { return under_way_[before] == 0; });
}

bool WriteGate::pause(Duration limit) {
  std::unique_lock lock(mutex_);
  paused_ = true;
  if (changed_.wait_for(lock, limit, [&] { return under_way_[0] == 0 && under_way_[1] == 0; })) return true;
  paused_ = false;
  changed_.notify_all();
  return false;
}

void WriteGate::resume() {
  const std::scoped_lock lock(mutex_);
  paused_ = false;
  changed_.notify_all();
}

void WriteGate::track_paused(bool on) {
  const std::scoped_lock lock(mutex_);
  tracked_ = on;
}

}  // namespace gannet::store::migration
