#include "store/migration/role_migration.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "observe/log.h"
#include "store/migration/copier.h"
#include "store/migration/role_record.h"

namespace gannet::store::migration {
namespace {

constexpr std::size_t kFollowAtOnce = 100;
// Changes that may be left for the time in which writes wait.
constexpr std::size_t kFewChanges = 30;
// A bucket takes a message in tens of milliseconds, where a commit takes one.
constexpr int kTimesTheDelay = 10;

}  // namespace

Result<std::unique_ptr<RoleMigration>> RoleMigration::begin(std::shared_ptr<DataStore> data,
                                                            std::shared_ptr<Mover> mover, Record plan,
                                                            Clock& clock, Random& random,
                                                            MigrationOptions options) {
  plan.id = random.token(16);
  plan.phase = Phase::kPlanned;
  plan.begun = plan.changed = clock.now();
  const auto last = TRY(read_role_record(*data, plan.role));
  TRY(mover->join(plan.to, true));
  const auto written = [&]() -> Result<void> {
    const bool known = options.target_is_ours || (last && (last->from == plan.to || last->to == plan.to));
    if (!known && !TRY(mover->is_empty()))
      return fail(
          StoreError::kInvalid,
          fmt::format("store.{} is not empty, and has not been {} of this server before. Empty it, or name "
                      "another one.",
                      plan.to, role_key(plan.role)));
    WriteBatch first;
    first.set(role_record_key(plan.role), encode(plan));
    mover->seal(first, false);
    return data->commit(std::move(first));
  }();
  if (!written) {
    mover->leave();
    return std::unexpected(written.error());
  }
  return std::make_unique<RoleMigration>(std::move(data), std::move(mover), std::move(plan), clock, options);
}

RoleMigration::RoleMigration(std::shared_ptr<DataStore> data, std::shared_ptr<Mover> mover, Record record,
                             Clock& clock, MigrationOptions options)
    : RecordedMigration(std::move(data), role_record_key(record.role), record, clock, options),
      mover_(std::move(mover)),
      uses_target_(record.target_in_force()),
      back_position_(kEnd) {
  if (record.phase != Phase::kRollingBack) mover_->track(true);
}

void RoleMigration::seal(WriteBatch& batch, const Record& next) {
  if (next.target_in_force() == record().target_in_force()) return;
  mover_->seal(batch, next.target_in_force());
  mover_->mark_exchange(batch);
}

Result<Duration> RoleMigration::advance() {
  const bool given_up = record().phase < Phase::kCutOver && record().wish == Wish::kRollBack;
  if (given_up) {
    TRY(enter(Phase::kRolledBack));
    return Duration{};
  }
  if (!mover_->joined()) TRY(mover_->join(uses_target_ ? record().from : record().to, !uses_target_));
  TRY(apply());
  if (record().phase == Phase::kRollingBack) return fetch_back();
  if (mover_->changes_lost()) {
    if (record().phase == Phase::kCutOver)
      back_position_.clear();
    else if (record().phase != Phase::kPlanned)
      TRY(enter(Phase::kPlanned));
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

// The mover goes where the record says, should a commit have come to more than was known.
Result<void> RoleMigration::apply() {
  if (record().target_in_force() == uses_target_) return {};
  if (!mover_->pause(options().pause_limit))
    return fail(StoreError::kUnavailable, "writes that are under way do not end: waiting with the change",
                Retry::kCanHelp);
  auto drained = drain();
  if (drained) exchange();
  mover_->resume();
  return drained;
}

// While paused.
void RoleMigration::exchange() {
  mover_->exchange();
  uses_target_ = !uses_target_;
  // The target is worth nothing from now on.
  if (record().phase == Phase::kRollingBack) mover_->track(false);
}

// A part of what has changed. Writes are slowed down while there is more than a few after each part, until it comes to
// an end.
Result<std::size_t> RoleMigration::follow() {
  const auto changes = TRY(mover_->changes(kFollowAtOnce));
  // Quickly up and slowly down, or the passes would follow what comes for ever.
  const Duration delay = changes.size() <= kFewChanges
                             ? std::max(Duration{}, delay_ - delay_ / 8 - Duration(1))
                             : std::min(options().delay_limit * kTimesTheDelay, delay_ * 2 + Duration(10));
  if (delay != delay_) mover_->slow_down(delay);
  delay_ = delay;
  if (changes.empty()) return 0;
  std::vector<std::string> items;
  for (const auto& change : changes) items.push_back(change.item);
  TRY(mover_->copy(items));
  TRY(mover_->forget(changes));
  return changes.size();
}

// All of it, while nothing can come.
Result<void> RoleMigration::drain() {
  const SteadyTime begun = clock().steady();
  while (TRY(follow()) > 0)
    if (clock().steady() - begun > options().pause_limit)
      return fail(StoreError::kUnavailable, "the last changes take too long: waiting with the change",
                  Retry::kCanHelp);
  return {};
}

// A page of what the target is to be rid of, then of what there is to be copied.
Result<Duration> RoleMigration::plan() {
  Record next = record();
  const std::string at = next.position.empty() ? "" : next.position.substr(1);
  if (next.position.empty() || next.position.front() == kErasing) {
    const std::string then = TRY(mover_->clean(at));
    next.position = then == kEnd ? std::string(1, kCounting) : kErasing + then;
    next.total = 0;
    TRY(save(std::move(next)));
    return Duration{};
  }
  const auto page = TRY(mover_->items(at));
  next.total += page.items.size();
  next.position = kCounting + page.next;
  TRY(save(std::move(next)));
  if (page.next == kEnd) TRY(enter(Phase::kCopying));
  return Duration{};
}

Result<Duration> RoleMigration::copy() {
  if (record().position == kEnd) {
    TRY(enter(Phase::kVerifying));
    return Duration{};
  }
  if (TRY(follow()) > kFewChanges) return Duration{};
  auto page = TRY(mover_->items(record().position));
  const std::uint64_t bytes = TRY(mover_->copy(page.items));
  Record next = record();
  next.position = std::move(page.next);
  next.keys += page.items.size();
  next.bytes += bytes;
  TRY(save(std::move(next)));
  return pace(bytes);
}

Result<Duration> RoleMigration::compare() {
  if (record().position == kEnd) {
    TRY(enter(Phase::kEqual));
    return Duration{};
  }
  if (TRY(follow()) > kFewChanges) return Duration{};
  auto page = TRY(mover_->items(record().position));
  std::uint64_t bytes = 0, repaired = 0;
  auto different = TRY(mover_->differing(page.items, bytes));
  if (!different.empty()) {
    // Most of what differs was only just written to.
    TRY(follow());
    different = TRY(mover_->differing(different, bytes));
  }
  for (const auto& item : different) {
    TRY(mover_->repair(item));
    ++repaired;
    if (!TRY(mover_->differing({item}, bytes)).empty() && TRY(mover_->changes(1)).empty())
      return fail(StoreError::kCorrupt,
                  "what was written to the other store is read from there as something else",
                  "item " + hex_encode(item));
  }
  Record next = record();
  next.position = std::move(page.next);
  next.verified += page.items.size();
  next.repaired += repaired;
  TRY(save(std::move(next)));
  return pace(bytes);
}

Result<Duration> RoleMigration::keep_equal() {
  if (TRY(follow()) > kFewChanges) return Duration{};
  if (record().hold && record().wish != Wish::kCutOver) return options().follow_interval;
  TRY(change_store(Phase::kCutOver));
  return Duration{};
}

// Whether a pass over everything, to the old store, is done; one page of it if not.
Result<bool> RoleMigration::copy_all_back() {
  std::string& position = back_position_ != kEnd ? back_position_ : last_position_;
  if (position == kEnd) return true;
  auto page = TRY(mover_->items(position));
  TRY(mover_->copy(page.items));
  position = std::move(page.next);
  return position == kEnd && back_position_ == kEnd && last_position_ == kEnd;
}

Result<Duration> RoleMigration::follow_back() {
  const std::size_t followed = TRY(follow());
  if (record().wish != Wish::kConfirm || !mover_->looks_back()) last_position_ = kEnd;
  if (!TRY(copy_all_back())) return Duration{};
  if (followed > kFewChanges) return Duration{};
  if (record().wish == Wish::kConfirm) {
    TRY(enter(Phase::kConfirmed));
    return Duration{};
  }
  if (record().wish == Wish::kRollBack) {
    TRY(change_store(Phase::kRollingBack));
    return Duration{};
  }
  return options().follow_interval;
}

// To the target (kCutOver), or back to the source (kRollingBack).
Result<void> RoleMigration::change_store(Phase phase) {
  if (!mover_->pause(options().pause_limit))
    return fail(StoreError::kUnavailable, "writes that are under way do not end: waiting with the change",
                Retry::kCanHelp);
  const SteadyTime paused_at = clock().steady();
  auto changed = drain();
  if (changed) {
    Record next = record();
    next.phase = phase;
    next.wish = Wish::kNone;
    next.changed = clock().now();
    changed = save(std::move(next));
  }
  if (changed) exchange();
  mover_->slow_down(delay_ = {});
  mover_->resume();
  TRY(std::move(changed));
  tell_change(paused_at);
  return {};
}

// A commit that came between the last look at the list and the record's has what it wrote in the other store alone:
// that is fetched before the list ends. None can come later, since each requires the side that it wrote to.
Result<Duration> RoleMigration::fetch_back() {
  if (TRY(follow()) > 0) return Duration{};
  TRY(enter(Phase::kRolledBack));
  return Duration{};
}

// Nothing is listed any more, and the other store is left as it is.
Result<void> RoleMigration::clear_away() {
  mover_->track(false);
  mover_->slow_down({});
  mover_->leave();
  for (;;) {
    const auto listed = TRY(mover_->changes(1000));
    if (listed.empty()) break;
    TRY(mover_->forget(listed));
  }
  return {};
}

}  // namespace gannet::store::migration
