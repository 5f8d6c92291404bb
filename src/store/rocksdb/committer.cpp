#include "store/rocksdb/committer.h"

#include <algorithm>
#include <chrono>

#include "base/futex.h"
#include "store/rocksdb/group_effects.h"
#include "store/rocksdb/status.h"

namespace gannet::store::rocks {
namespace {

// A group ends with the batch that reaches this many bytes, so that small commits need not wait for long
// behind a crowd of large ones.
constexpr std::size_t kGroupBytes = 8 << 20;

}  // namespace

Committer::Committer(std::shared_ptr<Database> database, const RocksDbOptions& options)
    : database_(std::move(database)),
      stall_timeout_(options.stall_timeout),
      max_group_(std::max<std::size_t>(options.max_group, 1)),
      max_waiting_(options.max_waiting),
      metrics_(options.id) {}

Result<void> Committer::commit(const WriteBatch& batch) {
  const auto begin = std::chrono::steady_clock::now();
  auto result = take_part(batch);
  metrics_.commit_seconds.observe(
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  if (!result && result.error().is(StoreError::kConflict)) metrics_.conflicts.add();
  return result;
}

Result<void> Committer::take_part(const WriteBatch& batch) {
  Call call{.batch = &batch, .result = {}};
  bool leads = false;
  {
    std::lock_guard lock(mutex_);
    if (waiting_.size() >= max_waiting_)
      return fail(StoreError::kUnavailable, "the store is busy", "too many commits are waiting",
                  Retry::kCanHelp);
    waiting_.push_back(&call);
    if (!led_) leads = led_ = true;
  }
  if (!leads) sleep_while(call.state, State::kWaiting);
  if (leads || call.state.load(std::memory_order_acquire) == State::kLeading) lead();
  return std::move(call.result);
}

void Committer::lead() {
  // The leader is the first who waits, so it is part of its own group.
  const Group group = take_group();
  metrics_.group_size.observe(static_cast<double>(group.size()));
  write(group);
  pass_on();
  for (Call* call : group) {
    call->state.store(State::kDone, std::memory_order_release);
    if (call != group.front()) wake_one(call->state);
  }
}

Committer::Group Committer::take_group() {
  Group group;
  std::size_t bytes = 0;
  std::lock_guard lock(mutex_);
  while (!waiting_.empty() && bytes < kGroupBytes && group.size() < max_group_) {
    bytes += waiting_.front()->batch->bytes();
    group.push_back(waiting_.front());
    waiting_.pop_front();
  }
  return group;
}

void Committer::pass_on() {
  Call* next = nullptr;
  {
    std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
      led_ = false;
      return;
    }
    next = waiting_.front();
    next->state.store(State::kLeading, std::memory_order_release);
  }
  wake_one(next->state);
}

void Committer::write(const Group& group) {
  GroupEffects effects(*database_);
  rocksdb::WriteBatch merged;
  Result<void> outcome;
  Group written;
  Durability durability = Durability::kRelaxed;
  for (Call* call : group) {
    call->result = effects.check(*call->batch);
    if (!call->result) {
      if (call->result.error().is(StoreError::kConflict))
        statistics_.conflicts.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    written.push_back(call);
    if (call->batch->durability() == Durability::kStable) durability = Durability::kStable;
    outcome = effects.apply(*call->batch, merged);
    if (!outcome) break;
  }
  if (outcome && merged.Count() > 0) outcome = write_merged(merged, durability);
  if (outcome) {
    statistics_.commits.fetch_add(written.size(), std::memory_order_relaxed);
    return;
  }
  // A conflict may have been one with a batch of this group that has failed now: trying again is right then.
  for (Call* call : group) call->result = outcome;
}

Result<void> Committer::write_merged(rocksdb::WriteBatch& merged, Durability durability) {
  Health& health = database_->health();
  if (const auto error = health.background_error(); !error.ok()) return fail_with(error, "stopped writing");
  rocksdb::WriteOptions options;
  options.sync = durability == Durability::kStable;
  options.no_slowdown = true;
  if (options.sync) statistics_.syncs.fetch_add(1, std::memory_order_relaxed);
  auto status = database_->db().Write(options, &merged);
  while (status.IsIncomplete()) {
    // Compactions lag behind. RocksDB slows writes down first, which is borne, and stops them later.
    if (health.stalled() && !health.wait_for_stall_end(stall_timeout_))
      return fail(StoreError::kUnavailable, "the store is busy", "rocksdb: writes are stalled",
                  Retry::kCanHelp);
    if (const auto error = health.background_error(); !error.ok()) return fail_with(error, "stopped writing");
    options.no_slowdown = false;
    status = database_->db().Write(options, &merged);
  }
  if (status.ok()) return {};
  health.write_failed(status);
  return fail_with(status, "commit");
}

}  // namespace gannet::store::rocks
