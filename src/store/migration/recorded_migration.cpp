#include "store/migration/recorded_migration.h"

#include <fmt/format.h>

#include <utility>

#include "observe/log.h"

namespace gannet::store::migration {
namespace {

constexpr int kWishTries = 5;

std::uint64_t done_by_pass(const Record& record) {
  return record.phase == Phase::kVerifying ? record.verified : record.keys;
}

void tell(const Record& record, Duration paused) {
  observe::info("store.migration-phase", {{"role", role_name(record.role)},
                                          {"from", record.from},
                                          {"to", record.to},
                                          {"phase", phase_name(record.phase)},
                                          {"paused", paused}});
}

}  // namespace

RecordedMigration::RecordedMigration(std::shared_ptr<DataStore> keeper, std::string key, Record record,
                                     Clock& clock, MigrationOptions options)
    : keeper_(std::move(keeper)),
      key_(std::move(key)),
      clock_(clock),
      options_(options),
      record_(std::move(record)),
      pass_begun_(clock_.steady()),
      pass_items_(done_by_pass(record_)) {
  publish("");
}

void RecordedMigration::publish(const std::string& error) {
  const std::scoped_lock lock(published_mutex_);
  published_.record = record_;
  published_.finished = finished_;
  published_.error = error;
  published_.left.reset();
  const std::uint64_t done = done_by_pass(record_);
  const bool passing = record_.phase == Phase::kCopying || record_.phase == Phase::kVerifying;
  if (!passing || done <= pass_items_ || record_.total < done) return;
  published_.left = (clock_.steady() - pass_begun_) * static_cast<std::int64_t>(record_.total - done) /
                    static_cast<std::int64_t>(done - pass_items_);
}

MigrationStatus RecordedMigration::status() const {
  const std::scoped_lock lock(published_mutex_);
  return published_;
}

// The record as the store has it, once that is read again.
Result<void> RecordedMigration::reload() {
  auto stored = TRY(read_record(*keeper_, key_));
  if (!stored || stored->id != record_.id)
    return fail(StoreError::kCorrupt,
                fmt::format("the record of the migration from store.{} to store.{} is gone", record_.from,
                            record_.to));
  stored->role = record_.role;
  record_ = std::move(*stored);
  uncertain_ = false;
  return {};
}

Result<void> RecordedMigration::save(Record next) {
  next.revision = record_.revision + 1;
  WriteBatch batch;
  batch.require_value(key_, encode(record_));
  batch.set(key_, encode(next));
  seal(batch, next);
  uncertain_ = true;
  TRY(keeper_->commit(std::move(batch)));
  uncertain_ = false;
  record_ = std::move(next);
  return {};
}

Result<void> RecordedMigration::enter(Phase phase) {
  Record next = record_;
  next.phase = phase;
  next.position.clear();
  next.changed = clock_.now();
  if (phase == Phase::kCopying) next.keys = next.bytes = 0;
  if (phase == Phase::kVerifying) next.verified = 0;
  TRY(save(std::move(next)));
  pass_begun_ = clock_.steady();
  pass_items_ = 0;
  tell(record_, {});
  return {};
}

Duration RecordedMigration::pace(std::uint64_t bytes) const {
  if (record_.rate == 0) return {};
  return Duration(static_cast<std::int64_t>(bytes * 1000 / record_.rate));
}

void RecordedMigration::tell_change(SteadyTime paused_at) {
  const Duration paused = clock_.steady() - paused_at;
  {
    const std::scoped_lock lock(published_mutex_);
    published_.paused = paused;
  }
  tell(record_, paused);
}

Result<Duration> RecordedMigration::step() {
  const std::scoped_lock lock(work_);
  auto done = proceed();
  publish(done ? "" : done.error().describe());
  return done;
}

Result<Duration> RecordedMigration::proceed() {
  if (!is_settled()) TRY(settle_first());
  if (uncertain_) TRY(reload());
  Duration wait = options_.follow_interval;
  if (record_.under_way()) wait = TRY(advance());
  if (record_.under_way()) return wait;
  TRY(clear_away());
  finished_ = true;
  return wait;
}

Result<void> RecordedMigration::wish(Wish wish) {
  const std::scoped_lock lock(work_);
  if (!is_settled())
    return fail(StoreError::kUnavailable, "the store is just being changed", Retry::kCanHelp);
  // Another server may have changed the record since it was read.
  for (int left = kWishTries;; --left) {
    if (uncertain_) TRY(reload());
    TRY(check_wish(record_, wish));
    Record next = record_;
    next.wish = wish;
    auto saved = save(std::move(next));
    if (saved) break;
    if (!saved.error().is(StoreError::kConflict) || left == 1) return saved;
  }
  wished();
  publish("");
  return {};
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

}  // namespace gannet::store::migration
