#include "store/leader_queue.h"

#include <algorithm>
#include <chrono>

#include "base/futex.h"

namespace gannet::store {
namespace {

// A group ends with the batch that reaches this many bytes, so that small commits need not wait for long
// behind a crowd of large ones.
constexpr std::size_t kGroupBytes = 8 << 20;

}  // namespace

LeaderQueue::LeaderQueue(const Options& options, Write write)
    : max_group_(std::max<std::size_t>(options.max_group, 1)),
      max_waiting_(options.max_waiting),
      write_(std::move(write)),
      metrics_(options.id) {}

Result<void> LeaderQueue::commit(const WriteBatch& batch) {
  const auto begin = std::chrono::steady_clock::now();
  auto result = take_part(batch);
  metrics_.commit_seconds.observe(
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  if (result) {
    commits_.fetch_add(1, std::memory_order_relaxed);
  } else if (result.error().is(StoreError::kConflict)) {
    conflicts_.fetch_add(1, std::memory_order_relaxed);
    metrics_.conflicts.add();
  }
  return result;
}

Result<void> LeaderQueue::take_part(const WriteBatch& batch) {
  Call call(batch);
  bool leads = false;
  {
    std::lock_guard lock(mutex_);
    if (waiting_.size() >= max_waiting_)
      return fail(StoreError::kUnavailable, "the store is busy", "too many commits are waiting",
                  Retry::kCanHelp);
    waiting_.push_back(&call);
    if (!led_) leads = led_ = true;
  }
  if (!leads) sleep_while(call.state_, Call::State::kWaiting);
  if (leads || call.state_.load(std::memory_order_acquire) == Call::State::kLeading) lead();
  return std::move(call.result);
}

void LeaderQueue::lead() {
  // The leader is the first who waits, so it is part of its own group.
  const Group group = take_group();
  metrics_.group_size.observe(static_cast<double>(group.size()));
  write_(group);
  pass_on();
  for (Call* call : group) {
    const bool sleeps = call != group.front();
    call->state_.store(Call::State::kDone, std::memory_order_release);
    if (sleeps) wake_one(call->state_);
  }
}

LeaderQueue::Group LeaderQueue::take_group() {
  Group group;
  std::size_t bytes = 0;
  std::lock_guard lock(mutex_);
  while (!waiting_.empty() && bytes < kGroupBytes && group.size() < max_group_) {
    bytes += waiting_.front()->batch().bytes();
    group.push_back(waiting_.front());
    waiting_.pop_front();
  }
  return group;
}

void LeaderQueue::pass_on() {
  Call* next = nullptr;
  {
    std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
      led_ = false;
      return;
    }
    next = waiting_.front();
    next->state_.store(Call::State::kLeading, std::memory_order_release);
  }
  wake_one(next->state_);
}

}  // namespace gannet::store
