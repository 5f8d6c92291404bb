#include "store/sqlite/committer.h"

#include <algorithm>

#include "base/encoding.h"
#include "store/sqlite/reader.h"
#include "store/sqlite/status.h"

namespace gannet::store::sqlite {
namespace {

std::unexpected<Error> conflict(std::string_view key) {
  return fail(StoreError::kConflict, "another change came first",
              "precondition failed on key " + hex_encode(key), Retry::kCanHelp);
}

void refuse(std::span<LeaderQueue::Call* const> calls, const Error& error) {
  for (LeaderQueue::Call* call : calls) call->result = std::unexpected(error);
}

}  // namespace

Committer::Committer(std::shared_ptr<Database> database, const SqliteOptions& options)
    : database_(std::move(database)),
      queue_({.id = options.id, .max_group = options.max_group, .max_waiting = options.max_waiting},
             [this](const LeaderQueue::Group& group) { write(group); }) {}

void Committer::write(const LeaderQueue::Group& group) {
  const std::scoped_lock lock(database_->writer().mutex);
  if (const auto error = database_->health().stopped_by()) return refuse(group, *error);
  if (auto begun = begin(group); !begun) return refuse(group, begun.error());
  const auto together = transact(group);
  if (together) return;
  // After a sync that failed, the kernel has dropped what it could not write: another one would work and prove
  // nothing, while the log on disk ends before what it lacks.
  if (disk_fails(together.error())) {
    refuse(group, together.error());
    return database_->checkpointer().write_failed(together.error());
  }
  for (LeaderQueue::Call* const& call : group) {
    const Calls alone(&call, 1);
    if (const auto error = database_->health().stopped_by()) {
      refuse(alone, *error);
      continue;
    }
    auto done = begin(alone);
    if (done) done = transact(alone);
    if (done) continue;
    refuse(alone, done.error());
    if (stops_writing(done.error())) database_->checkpointer().write_failed(done.error());
  }
}

Result<void> Committer::begin(Calls calls) {
  const bool stable = std::ranges::any_of(
      calls, [](const auto* call) { return call->batch().durability() == Durability::kStable; });
  const Durability wanted = stable ? Durability::kStable : Durability::kRelaxed;
  // In WAL mode, NORMAL writes the log and leaves its sync to the next commit in FULL, or to a checkpoint.
  if (wanted != durability_) {
    TRY(connection().execute(stable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL"));
    durability_ = wanted;
  }
  // Another program may hold the file: SQLite waits for busy_timeout.
  return connection().execute("BEGIN IMMEDIATE");
}

Result<void> Committer::transact(Calls calls) {
  const auto changed = apply(calls);
  Result<void> done;
  if (!changed)
    done = std::unexpected(changed.error());
  else if (*changed)
    done = connection().execute("COMMIT");
  if (connection().in_transaction())
    if (auto undone = connection().execute("ROLLBACK"); !undone && done) done = undone;
  if (!done || !*changed) return done;
  if (durability_ == Durability::kStable) syncs_.fetch_add(1, std::memory_order_relaxed);
  database_->checkpointer().committed();
  return {};
}

Result<bool> Committer::apply(Calls calls) {
  bool changed = false;
  for (LeaderQueue::Call* call : calls) {
    const BatchEffects effects(call->batch());
    call->result = check(effects);
    if (!call->result) {
      if (!call->result.error().is(StoreError::kConflict)) return std::unexpected(call->result.error());
      continue;
    }
    TRY(apply(effects));
    changed = changed || !effects.cleared.empty() || !effects.keys.empty();
  }
  return changed;
}

Result<void> Committer::check(const BatchEffects& effects) {
  for (const auto& [key, value] : effects.required) {
    auto statement = TRY(connection().prepare(Query::kGet, key));
    const bool there = TRY(statement.bind(1, key).step("read before commit"));
    if (effects.impossible || there != value.has_value() || (there && statement.column(0) != *value))
      return conflict(key);
  }
  return {};
}

Result<void> Committer::apply(const BatchEffects& effects) {
  for (const auto& [begin, end] : effects.cleared) {
    auto statement = TRY(connection().prepare(Query::kClearRange, begin));
    TRY(statement.bind(1, begin).bind(2, end).step("clear range"));
  }
  for (const auto& [key, effect] : effects.keys) {
    if (const auto* value = std::get_if<BatchEffects::Set>(&effect)) {
      TRY(set(key, value->value));
    } else if (const auto* counter = std::get_if<BatchEffects::SetCounter>(&effect)) {
      TRY(set(key, encode_counter(counter->value)));
    } else if (const auto* add = std::get_if<BatchEffects::Add>(&effect)) {
      const auto before = TRY(get(connection(), key));
      const auto sum = static_cast<std::uint64_t>(before ? decode_counter(*before) : 0) +
                       static_cast<std::uint64_t>(add->delta);
      TRY(set(key, encode_counter(static_cast<std::int64_t>(sum))));
    } else {
      auto statement = TRY(connection().prepare(Query::kClear, key));
      TRY(statement.bind(1, key).step("clear"));
    }
  }
  return {};
}

Result<void> Committer::set(std::string_view key, std::string_view value) {
  auto statement = TRY(connection().prepare(Query::kSet, key));
  TRY(statement.bind(1, key).bind(2, value).step("set"));
  return {};
}

}  // namespace gannet::store::sqlite
