#include "store/foundationdb/committer.h"

#include <vector>

#include "base/bytes.h"
#include "store/foundationdb/reader.h"

namespace gannet::store::fdb {
namespace {

constexpr auto kRememberCommits = std::chrono::hours(1);
constexpr std::size_t kRandomBytes = 16;

bool maybe_committed(const Database& database, FdbError error) {
  return error == kTransactionTimedOut || error == kTimedOut ||
         database.library().error_predicate(static_cast<int>(Predicate::kMaybeCommitted), error) != 0;
}

}  // namespace

Result<void> Committer::commit(const WriteBatch& batch) {
  const BatchEffects effects(batch);
  if (effects.impossible) return fail(StoreError::kConflict, "two preconditions contradict each other");
  Staging staging(database_, layout_, clock_, random_);
  if (const auto staged = staging.stage(effects); !staged) {
    staging.discard();
    return std::unexpected(database_.describe(staged.error()));
  }
  bool unknown = false;
  const auto outcome = run(effects, staging, unknown);
  if (outcome && *outcome == Outcome::kApplied) return {};
  if (!unknown) staging.discard();
  if (!outcome) return std::unexpected(database_.describe(outcome.error()));
  return fail(StoreError::kConflict, "a precondition failed");
}

Answer<Committer::Outcome> Committer::run(const BatchEffects& effects, Staging& staging, bool& unknown) {
  const std::string applied_key = layout_.applied(clock_.now(), random_.bytes(kRandomBytes));
  const auto transaction = FDB_TRY(Transaction::begin(database_));
  for (;;) {
    const auto outcome = attempt(transaction, effects, staging, applied_key, unknown);
    if (outcome && *outcome != Outcome::kPiecesGone) return outcome;
    ++retries_;
    if (outcome) {
      // Not applied by now, and since it was looked for after what was unknown had ended, never.
      FDB_TRY(staging.stage_again());
      FDB_TRY(transaction.on_error(kNotCommitted));
      continue;
    }
    if (outcome.error() < 0) return outcome;
    unknown = unknown || maybe_committed(database_, outcome.error());
    FDB_TRY(transaction.on_error(outcome.error()));
  }
}

Answer<Committer::Outcome> Committer::attempt(const Transaction& transaction, const BatchEffects& effects,
                                              const Staging& staging, const std::string& applied_key,
                                              bool may_be_applied) {
  if (may_be_applied && FDB_TRY(transaction.get(applied_key, true).value())) return Outcome::kApplied;
  if (!FDB_TRY(holds(transaction, effects))) return Outcome::kConflict;
  if (!FDB_TRY(staging.intact(transaction))) return Outcome::kPiecesGone;
  write(transaction, effects, staging);
  staging.adopt(transaction);
  transaction.set(applied_key, {});
  // Of two attempts of which the first is still under way, only one can be applied.
  FDB_TRY(transaction.depend_on(applied_key));
  forget_old_commits(transaction);
  FDB_TRY(transaction.commit().done());
  return Outcome::kApplied;
}

Answer<bool> Committer::holds(const Transaction& transaction, const BatchEffects& effects) const {
  if (effects.required.empty()) return true;
  std::vector<std::string> keys;
  keys.reserve(effects.required.size());
  for (const auto& [key, value] : effects.required) keys.emplace_back(key);
  const auto found = FDB_TRY(read_many(transaction, layout_, keys, true));
  std::size_t i = 0;
  for (const auto& [key, wanted] : effects.required) {
    const auto& value = found[i++];
    if (value.has_value() != wanted.has_value() || (value && *value != *wanted)) return false;
  }
  return true;
}

void Committer::write(const Transaction& transaction, const BatchEffects& effects,
                      const Staging& staging) const {
  for (const auto& [begin, end] : effects.cleared) {
    transaction.clear_range(layout_.value(begin), layout_.value(end));
    transaction.clear_range(layout_.pieces(begin), layout_.pieces(end));
  }
  for (const auto& [key, effect] : effects.keys) {
    if (const auto* add = std::get_if<BatchEffects::Add>(&effect)) {
      transaction.add(layout_.value(key), add->delta);
    } else if (const auto* set = std::get_if<BatchEffects::Set>(&effect)) {
      write_value(transaction, key, set->value, staging.find(key));
    } else if (const auto* counter = std::get_if<BatchEffects::SetCounter>(&effect)) {
      write_value(transaction, key, encode_counter(counter->value), nullptr);
    } else {
      const std::string pieces = layout_.pieces(key);
      transaction.clear(layout_.value(key));
      transaction.clear_range(pieces, prefix_end(pieces));
    }
  }
}

// What pieces an earlier value may have are cleared unseen: that costs less than looking.
void Committer::write_value(const Transaction& transaction, std::string_view key, std::string_view value,
                            const Pointer* staged) const {
  const std::string all = layout_.pieces(key);
  if (staged == nullptr) {
    transaction.set(layout_.value(key), encode_value(value));
    transaction.clear_range(all, prefix_end(all));
    return;
  }
  const std::string mine = layout_.pieces(key, staged->generation);
  transaction.set(layout_.value(key), encode_pointer(*staged));
  transaction.clear_range(all, mine);
  transaction.clear_range(prefix_end(mine), prefix_end(all));
}

void Committer::forget_old_commits(const Transaction& transaction) {
  const WallTime now = clock_.now();
  const std::int64_t minute = to_unix_ms(now) / 60'000;
  if (forgotten_minute_.exchange(minute, std::memory_order_relaxed) == minute) return;
  transaction.clear_range(layout_.all_applied(), layout_.applied_before(now - kRememberCommits));
}

}  // namespace gannet::store::fdb
