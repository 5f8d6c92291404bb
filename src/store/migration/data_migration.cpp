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
    : stores_(std::move(stores)),
      source_(std::move(source)),
      target_(std::move(target)),
      clock_(clock),
      random_(random),
      options_(options),
      forth_(source_, target_, random_),
      back_(target_, source_, random_),
      record_(std::move(record)),
      pass_begun_(clock_.steady()),
      pass_keys_(record_.phase == Phase::kVerifying ? record_.verified : record_.keys) {
  if (record_.under_way()) stores_->track(true);
  publish("");
}

void DataMigration::publish(const std::string& error) {
  const std::scoped_lock lock(published_mutex_);
  published_.record = record_;
  published_.finished = !record_.under_way();
  published_.error = error;
  published_.left.reset();
  const std::uint64_t done = record_.phase == Phase::kVerifying ? record_.verified : record_.keys;
  const bool passing = record_.phase == Phase::kCopying || record_.phase == Phase::kVerifying;
  if (!passing || done <= pass_keys_ || record_.total < done) return;
  const auto spent = clock_.steady() - pass_begun_;
  published_.left =
      spent * static_cast<std::int64_t>(record_.total - done) / static_cast<std::int64_t>(done - pass_keys_);
}

MigrationStatus DataMigration::status() const {
  const std::scoped_lock lock(published_mutex_);
  return published_;
}

// The record as the source has it, once that is read again.
Result<void> DataMigration::reload() {
  auto stored = TRY(read_record(*source_, source_key()));
  if (!stored || stored->id != record_.id)
    return fail(StoreError::kCorrupt, "the record of the migration is gone from store." + record_.from);
  record_ = std::move(*stored);
  uncertain_ = false;
  return {};
}

Result<void> DataMigration::save(Record next) {
  next.revision = record_.revision + 1;
  WriteBatch batch;
  batch.require_value(source_key(), encode(record_));
  batch.set(source_key(), encode(next));
  uncertain_ = true;
  TRY(source_->commit(std::move(batch)));
  uncertain_ = false;
  record_ = std::move(next);
  return {};
}

Result<void> DataMigration::mark_target() {
  WriteBatch batch;
  batch.set(target_key(), encode(record_));
  return target_->commit(std::move(batch));
}

Result<void> DataMigration::enter(Phase phase) {
  Record next = record_;
  next.phase = phase;
  next.position.clear();
  next.changed = clock_.now();
  TRY(save(std::move(next)));
  pass_begun_ = clock_.steady();
  pass_keys_ = 0;
  observe::info("store.migration-phase",
                {{"from", record_.from}, {"to", record_.to}, {"phase", phase_name(phase)}});
  return {};
}

Duration DataMigration::pace(std::uint64_t bytes) const {
  if (record_.rate == 0) return {};
  return Duration(static_cast<std::int64_t>(bytes * 1000 / record_.rate));
}

Result<Duration> DataMigration::step() {
  const std::scoped_lock lock(work_);
  auto done = advance();
  publish(done ? "" : done.error().describe());
  return done;
}

// A part of what has changed. Commits are slowed down while there is more after each part, until it comes to an end.
Result<std::size_t> DataMigration::follow(Copier& copier) {
  const std::size_t followed = TRY(copier.follow(kFollowAtOnce));
  const Duration delay =
      followed < kFollowAtOnce ? delay_ / 2 : std::min(options_.delay_limit, delay_ * 2 + Duration(1));
  if (delay != delay_) stores_->slow_down(delay);
  delay_ = delay;
  return followed;
}

Result<Duration> DataMigration::advance() {
  if (unsettled_) {
    TRY(settle(*unsettled_));
    return Duration{};
  }
  if (uncertain_) TRY(reload());
  if (!record_.under_way()) {
    stores_->slow_down({});
    return options_.follow_interval;
  }
  if (record_.phase != Phase::kCutOver && record_.wish == Wish::kRollBack) return give_up();
  switch (record_.phase) {
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
  if (!TRY(worthless(*target_, record_)))
    return fail(StoreError::kInvalid, "store." + record_.to + " has become something else meanwhile");
  TRY(forth_.erase_target());
  Record next = record_;
  next.total = 0;
  for (std::string at; at != kEnd;) {
    auto counted = TRY(forth_.count(at));
    next.total += counted.keys;
    at = std::move(counted.next);
  }
  TRY(save(std::move(next)));
  TRY(enter(Phase::kCopying));
  TRY(mark_target());
  return Duration{};
}

Result<Duration> DataMigration::copy() {
  if (record_.position == kEnd) {
    TRY(enter(Phase::kVerifying));
    return Duration{};
  }
  TRY(follow(forth_));
  auto done = TRY(forth_.copy(record_.position));
  Record next = record_;
  next.position = std::move(done.next);
  next.keys += done.keys;
  next.bytes += done.bytes;
  TRY(save(std::move(next)));
  return pace(done.bytes);
}

Result<Duration> DataMigration::compare() {
  if (record_.position == kEnd) {
    TRY(enter(Phase::kEqual));
    return Duration{};
  }
  if (TRY(follow(forth_)) == kFollowAtOnce) return Duration{};
  auto done = TRY(forth_.compare(record_.position));
  Record next = record_;
  next.position = std::move(done.next);
  next.verified += done.keys;
  next.repaired += done.repaired;
  TRY(save(std::move(next)));
  return pace(done.bytes);
}

Result<Duration> DataMigration::keep_equal() {
  if (TRY(follow(forth_)) == kFollowAtOnce) return Duration{};
  if (record_.hold && record_.wish != Wish::kCutOver) return options_.follow_interval;
  TRY(change_store(Phase::kCutOver));
  return Duration{};
}

Result<Duration> DataMigration::follow_back() {
  const auto marked = TRY(read_record(*target_, target_key()));
  if (!marked || marked->phase != Phase::kCutOver) TRY(mark_target());
  if (record_.wish == Wish::kConfirm) return confirm();
  const std::size_t followed = TRY(follow(back_));
  if (record_.wish == Wish::kRollBack) {
    TRY(change_store(Phase::kRolledBack));
    return Duration{};
  }
  return followed == kFollowAtOnce ? Duration{} : options_.follow_interval;
}

// To the target (kCutOver), or back to the source (kRolledBack).
Result<void> DataMigration::change_store(Phase phase) {
  Copier& copier = phase == Phase::kCutOver ? forth_ : back_;
  for (int round = 0; round < kRoundsBeforePause; ++round)
    if (TRY(follow(copier)) <= kFewChanges) break;
  if (!stores_->pause(options_.pause_limit))
    return fail(StoreError::kUnavailable, "commits that are under way do not end: waiting with the change",
                Retry::kCanHelp);
  paused_at_ = clock_.steady();
  Record next = record_;
  next.phase = phase;
  next.wish = Wish::kNone;
  next.changed = clock_.now();
  next.revision = record_.revision + 1;
  const auto last = [&]() -> Result<void> {
    while (TRY(copier.follow(kFollowAtOnce, true)) > 0)
      if (clock_.steady() - paused_at_ > options_.pause_limit)
        return fail(StoreError::kUnavailable, "the last changes take too long: waiting with the change",
                    Retry::kCanHelp);
    return {};
  }();
  if (!last) {
    stores_->resume();
    return last;
  }
  WriteBatch seal;
  seal.require_value(source_key(), encode(record_));
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
    record_ = std::move(stays);
    unsettled_.reset();
    stores_->resume();
    return {};
  }
  record_ = std::move(next);
  unsettled_.reset();
  if (record_.phase == Phase::kCutOver)
    stores_->switch_to(target_, true);
  else
    stores_->switch_to(source_, false);
  stores_->slow_down({});
  stores_->resume();
  const Duration paused = clock_.steady() - paused_at_;
  {
    const std::scoped_lock lock(published_mutex_);
    published_.paused = paused;
  }
  observe::info(
      "store.migration-phase",
      {{"from", record_.from}, {"to", record_.to}, {"phase", phase_name(record_.phase)}, {"paused", paused}});
  // Should this fail, whoever opens the stores learns the same from the source.
  if (auto marked = mark_target(); !marked)
    observe::warn("store.migration-mark-failed", {{"store", record_.to}, {"error", marked.error()}});
  return {};
}

// Before the cut-over: the source simply stays.
Result<Duration> DataMigration::give_up() {
  TRY(enter(Phase::kRolledBack));
  stores_->track(false);
  stores_->slow_down({});
  TRY(mark_target());
  while (TRY(forth_.forget_changes()) > 0) {
  }
  return Duration{};
}

Result<Duration> DataMigration::confirm() {
  TRY(enter(Phase::kConfirmed));
  stores_->track(false);
  stores_->slow_down({});
  WriteBatch plain;
  plain.clear(target_key());
  TRY(target_->commit(std::move(plain)));
  while (TRY(back_.forget_changes()) > 0) {
  }
  return Duration{};
}

Result<void> check_wish(const Record& record, Wish wish) {
  const auto refuse = [&](const char* why) { return fail(StoreError::kInvalid, why); };
  if (!record.under_way()) return refuse("The migration has ended already.");
  const bool over = record.phase == Phase::kCutOver;
  if (record.phase == Phase::kRollingBack) return refuse("It is being rolled back already.");
  if (wish == Wish::kCutOver && over) return refuse("It is cut over already.");
  if (wish == Wish::kConfirm && !over)
    return refuse("It cannot be confirmed before it is cut over: gannet store migrate status");
  return {};
}

Result<void> DataMigration::wish(Wish wish) {
  const std::scoped_lock lock(work_);
  if (unsettled_) return fail(StoreError::kUnavailable, "the store is just being changed", Retry::kCanHelp);
  if (uncertain_) TRY(reload());
  TRY(check_wish(record_, wish));
  Record next = record_;
  next.wish = wish;
  TRY(save(std::move(next)));
  publish("");
  return {};
}

}  // namespace gannet::store::migration
