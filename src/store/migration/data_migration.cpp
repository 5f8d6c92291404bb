#include "store/migration/data_migration.h"

#include <algorithm>

#include "observe/log.h"

namespace gannet::store::migration {
namespace {

constexpr std::size_t kFollowAtOnce = 1000;
// Entries that may be left for the time in which commits wait.
constexpr std::size_t kFewChanges = 50;
constexpr int kRoundsBeforePause = 100;

// Whether what `target` holds may be thrown away for this plan.
Result<bool> worthless(DataStore& target, const Record& plan) {
  const auto as_target = TRY(read_record(target, target_key()));
  if (as_target)
    return as_target->id == plan.id || as_target->phase == Phase::kPlanned ||
           as_target->phase == Phase::kRolledBack;
  const auto as_source = TRY(read_record(target, source_key()));
  return as_source && as_source->phase == Phase::kConfirmed;
}

}  // namespace

Result<std::unique_ptr<DataMigration>> DataMigration::begin(std::shared_ptr<SwitchingDataStore> stores,
                                                            std::shared_ptr<DataStore> source,
                                                            std::shared_ptr<DataStore> target, Record plan,
                                                            Clock& clock, Random& random,
                                                            MigrationOptions options) {
  plan.id = random.token(16);
  plan.phase = Phase::kPlanned;
  plan.begun = plan.changed = clock.now();
  Copier copier(source, target, random);
  if (!TRY(worthless(*target, plan)) && !TRY(copier.target_is_empty()))
    return fail(StoreError::kInvalid,
                "store." + plan.to +
                    " is not empty. A migration needs an empty store, or one that Gannet "
                    "has migrated from before, or that was rolled back.");
  // From here on a server that is told to use the target alone refuses to.
  WriteBatch mark;
  mark.clear(source_key());
  mark.set(target_key(), encode(plan));
  TRY(target->commit(std::move(mark)));
  WriteBatch first;
  first.set(source_key(), encode(plan));
  first.clear(target_key());
  TRY(source->commit(std::move(first)));
  return std::make_unique<DataMigration>(std::move(stores), std::move(source), std::move(target),
                                         std::move(plan), clock, random, options);
}

DataMigration::DataMigration(std::shared_ptr<SwitchingDataStore> stores, std::shared_ptr<DataStore> source,
                             std::shared_ptr<DataStore> target, Record record, Clock& clock, Random& random,
                             MigrationOptions options)
    : RecordedMigration(source, source_key(), std::move(record), clock, options),
      stores_(std::move(stores)),
      source_(std::move(source)),
      target_(std::move(target)),
      forth_(source_, target_, random),
      back_(target_, source_, random) {
  if (this->record().under_way()) stores_->track(true);
}

Result<void> DataMigration::mark_target() {
  WriteBatch batch;
  batch.set(target_key(), encode(record()));
  return target_->commit(std::move(batch));
}

// Should this fail, whoever opens the stores learns the same from the source.
void DataMigration::try_to_mark_target() {
  if (auto marked = mark_target(); !marked)
    observe::warn("store.migration-mark-failed", {{"store", record().to}, {"error", marked.error()}});
}

// A part of what has changed. Commits are slowed down while there is more after each part, until it comes to an end.
Result<std::size_t> DataMigration::follow(Copier& copier) {
  const std::size_t followed = TRY(copier.follow(kFollowAtOnce));
  const Duration delay =
      followed < kFollowAtOnce ? delay_ / 2 : std::min(options().delay_limit, delay_ * 2 + Duration(1));
  if (delay != delay_) stores_->slow_down(delay);
  delay_ = delay;
  return followed;
}

Result<void> DataMigration::settle_first() {
  return settle(*unsettled_);
}

Result<Duration> DataMigration::advance() {
  // Before the cut-over: the source simply stays.
  if (record().phase != Phase::kCutOver && record().wish == Wish::kRollBack) {
    TRY(enter(Phase::kRolledBack));
    return Duration{};
  }
  switch (record().phase) {
    case Phase::kPlanned:
      return plan();
    case Phase::kCopying:
      return copy();
    case Phase::kVerifying:
      return compare();
    case Phase::kEqual:
      return keep_equal();
    default:
      return follow_back();
  }
}

Result<Duration> DataMigration::plan() {
  if (!TRY(worthless(*target_, record())))
    return fail(StoreError::kInvalid, "store." + record().to + " has become something else meanwhile");
  Record next = record();
  const std::string at = next.position.empty() ? "" : next.position.substr(1);
  if (next.position.empty() || next.position.front() == kErasing) {
    const std::string then = TRY(forth_.erase_target(at));
    next.position = then == kEnd ? std::string(1, kCounting) : kErasing + then;
    next.total = 0;
    TRY(save(std::move(next)));
    return Duration{};
  }
  const auto counted = TRY(forth_.count(at));
  next.total += counted.keys;
  next.position = kCounting + counted.next;
  TRY(save(std::move(next)));
  if (counted.next != kEnd) return Duration{};
  TRY(enter(Phase::kCopying));
  TRY(mark_target());
  return Duration{};
}

Result<Duration> DataMigration::copy() {
  if (record().position == kEnd) {
    TRY(enter(Phase::kVerifying));
    return Duration{};
  }
  TRY(follow(forth_));
  auto done = TRY(forth_.copy(record().position));
  Record next = record();
  next.position = std::move(done.next);
  next.keys += done.keys;
  next.bytes += done.bytes;
  TRY(save(std::move(next)));
  return pace(done.bytes);
}

Result<Duration> DataMigration::compare() {
  if (record().position == kEnd) {
    TRY(enter(Phase::kEqual));
    return Duration{};
  }
  if (TRY(follow(forth_)) == kFollowAtOnce) return Duration{};
  auto done = TRY(forth_.compare(record().position));
  Record next = record();
  next.position = std::move(done.next);
  next.verified += done.keys;
  next.repaired += done.repaired;
  TRY(save(std::move(next)));
  return pace(done.bytes);
}

Result<Duration> DataMigration::keep_equal() {
  if (TRY(follow(forth_)) == kFollowAtOnce) return Duration{};
  if (record().hold && record().wish != Wish::kCutOver) return options().follow_interval;
  TRY(change_store(Phase::kCutOver));
  return Duration{};
}

Result<Duration> DataMigration::follow_back() {
  const auto marked = TRY(read_record(*target_, target_key()));
  if (!marked || marked->phase != Phase::kCutOver) TRY(mark_target());
  if (record().wish == Wish::kConfirm) {
    TRY(enter(Phase::kConfirmed));
    return Duration{};
  }
  const std::size_t followed = TRY(follow(back_));
  if (record().wish == Wish::kRollBack) {
    TRY(change_store(Phase::kRolledBack));
    return Duration{};
  }
  return followed == kFollowAtOnce ? Duration{} : options().follow_interval;
}

// To the target (kCutOver), or back to the source (kRolledBack).
Result<void> DataMigration::change_store(Phase phase) {
  Copier& copier = phase == Phase::kCutOver ? forth_ : back_;
  for (int round = 0; round < kRoundsBeforePause; ++round)
    if (TRY(follow(copier)) <= kFewChanges) break;
  if (!stores_->pause(options().pause_limit))
    return fail(StoreError::kUnavailable, "commits that are under way do not end: waiting with the change",
                Retry::kCanHelp);
  paused_at_ = clock().steady();
  Record next = record();
  next.phase = phase;
  next.wish = Wish::kNone;
  next.changed = clock().now();
  next.revision = record().revision + 1;
  const auto last = [&]() -> Result<void> {
    while (TRY(copier.follow(kFollowAtOnce, true)) > 0)
      if (clock().steady() - paused_at_ > options().pause_limit)
        return fail(StoreError::kUnavailable, "the last changes take too long: waiting with the change",
                    Retry::kCanHelp);
    return {};
  }();
  if (!last) {
    stores_->resume();
    return last;
  }
  WriteBatch seal;
  seal.require_value(source_key(), encode(record()));
  seal.set(source_key(), encode(next));
  unsettled_ = next;
  if (auto sealed = source_->commit(std::move(seal)); !sealed && !sealed.error().is(StoreError::kConflict))
    observe::warn("store.migration-unsettled", {{"error", sealed.error()}});
  return settle(next);
}

// Finds out whether the change to `next` has happened, makes sure that it cannot happen later, and lets commits go
// on with the store that is in force. Until then they wait: neither store may be written to.
Result<void> DataMigration::settle(Record next) {
  auto stored = TRY(read_record(*source_, source_key()));
  if (!stored) return fail(StoreError::kCorrupt, "the record of the migration is gone");
  if (stored->revision != next.revision || stored->phase != next.phase) {
    // A commit that is still on its way requires the record as it was: with another revision it comes to nothing.
    Record stays = *stored;
    stays.revision = next.revision + 1;
    WriteBatch batch;
    batch.require_value(source_key(), encode(*stored));
    batch.set(source_key(), encode(stays));
    TRY(source_->commit(std::move(batch)));
    settled(std::move(stays));
    unsettled_.reset();
    stores_->resume();
    return {};
  }
  settled(std::move(next));
  unsettled_.reset();
  if (record().phase == Phase::kCutOver)
    stores_->switch_to(target_, true);
  else
    stores_->switch_to(source_, false);
  stores_->slow_down({});
  stores_->resume();
  tell_change(paused_at_);
  try_to_mark_target();
  return {};
}

Result<void> DataMigration::clear_away() {
  stores_->track(false);
  stores_->slow_down({});
  const bool confirmed = record().phase == Phase::kConfirmed;
  if (confirmed) {
    WriteBatch plain;
    plain.clear(target_key());
    TRY(target_->commit(std::move(plain)));
  } else {
    try_to_mark_target();
  }
  while (TRY((confirmed ? back_ : forth_).forget_changes()) > 0) {
  }
  return {};
}

}  // namespace gannet::store::migration
