#include "store/rocksdb/committer.h"

#include "store/rocksdb/group_effects.h"
#include "store/rocksdb/status.h"

namespace gannet::store::rocks {

Committer::Committer(std::shared_ptr<Database> database, const RocksDbOptions& options)
    : database_(std::move(database)),
      stall_timeout_(options.stall_timeout),
      queue_({.id = options.id, .max_group = options.max_group, .max_waiting = options.max_waiting},
             [this](const LeaderQueue::Group& group) { write(group); }) {}

void Committer::write(const LeaderQueue::Group& group) {
  GroupEffects effects(*database_);
  rocksdb::WriteBatch merged;
  Result<void> outcome;
  Durability durability = Durability::kRelaxed;
  for (LeaderQueue::Call* call : group) {
    call->result = effects.check(call->batch());
    if (!call->result) continue;
    if (call->batch().durability() == Durability::kStable) durability = Durability::kStable;
    outcome = effects.apply(call->batch(), merged);
    if (!outcome) break;
  }
  if (outcome && merged.Count() > 0) outcome = write_merged(merged, durability);
  if (outcome) return;
  // A conflict may have been one with a batch of this group that has failed now: trying again is right then.
  for (LeaderQueue::Call* call : group) call->result = outcome;
}

Result<void> Committer::write_merged(rocksdb::WriteBatch& merged, Durability durability) {
  Health& health = database_->health();
  if (const auto error = health.background_error(); !error.ok()) return fail_with(error, "stopped writing");
  rocksdb::WriteOptions options;
  options.sync = durability == Durability::kStable;
  options.no_slowdown = true;
  if (options.sync) syncs_.fetch_add(1, std::memory_order_relaxed);
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
