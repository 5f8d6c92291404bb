#include "store/migration/migrations.h"

#include <fmt/format.h>

#include "observe/log.h"

namespace gannet::store::migration {
namespace {

constexpr Duration kAfterError{2'000};
constexpr Duration kIdle{60'000};

}  // namespace

Migrations::Migrations(std::shared_ptr<DataStores> stores, InForce found, Clock& clock, Random& random)
    : stores_(std::move(stores)),
      clock_(clock),
      random_(random),
      data_(std::make_shared<SwitchingDataStore>(found.store, clock, random)),
      in_force_(found.id) {
  if (!found.migration) return;
  if (found.source && found.target) {
    migration_ = std::make_shared<DataMigration>(data_, std::move(found.source), std::move(found.target),
                                                 std::move(*found.migration), clock_, random_);
    return;
  }
  data_->track(true);
  missing_ = std::move(found);
  missing_error_ = "a store of the migration cannot be opened";
}

Migrations::~Migrations() {
  stop();
}

std::string Migrations::in_force(Role role) const {
  if (const auto other = others_.find(role); other != others_.end()) return other->second;
  const std::scoped_lock lock(mutex_);
  if (!migration_) return in_force_;
  const auto record = migration_->status().record;
  return record.target_in_force() ? record.to : record.from;
}

void Migrations::start() {
  thread_ = std::thread([this] { run(); });
}

void Migrations::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Migrations::run() {
  std::string last_error;
  std::unique_lock lock(mutex_);
  while (!stop_) {
    Duration wait = kIdle;
    if (missing_) open_missing();
    if (missing_) wait = kAfterError;
    if (const auto migration = migration_) {
      lock.unlock();
      const bool under_way = migration->status().record.under_way();
      Result<Duration> done = under_way ? migration->step() : Result<Duration>(kIdle);
      if (!done && done.error().describe() != last_error)
        observe::error("store.migration-failed", {{"error", done.error()}});
      last_error = done ? "" : done.error().describe();
      wait = done ? *done : kAfterError;
      lock.lock();
      if (migration != migration_) continue;
    }
    if (!stop_ && wait > Duration{}) wake_.wait_for(lock, wait);
  }
}

// Under the lock.
std::shared_ptr<DataMigration> Migrations::open_missing() {
  auto& store = missing_->source ? missing_->target : missing_->source;
  const Record& record = *missing_->migration;
  auto opened = stores_->open_as_it_is(missing_->source ? record.to : record.from);
  if (!opened) {
    missing_error_ = opened.error().describe();
    return nullptr;
  }
  store = std::move(*opened);
  auto current = read_record(*missing_->source, source_key());
  if (!current || !*current || (*current)->id != record.id) {
    missing_error_ = current ? "the record of the migration is gone" : current.error().describe();
    store.reset();
    return nullptr;
  }
  migration_ =
      std::make_shared<DataMigration>(data_, missing_->source, missing_->target, **current, clock_, random_);
  missing_.reset();
  return migration_;
}

Result<void> Migrations::begin(const MigrationPlan& plan) {
  const std::scoped_lock lock(mutex_);
  if (missing_ || (migration_ && migration_->status().record.under_way()))
    return fail(
        StoreError::kInvalid,
        "A migration is under way already: gannet store migrate status. Confirm it or roll it back first.");
  std::string in_force = in_force_;
  if (migration_) {
    const auto record = migration_->status().record;
    in_force = record.target_in_force() ? record.to : record.from;
  }
  if (plan.from != in_force)
    return fail(StoreError::kInvalid, fmt::format("Data lies in the store \"{}\", not in \"{}\": --from {}",
                                                  in_force, plan.from, in_force));
  if (plan.to == plan.from) return fail(StoreError::kInvalid, "The two stores must be different ones.");
  auto source = TRY(stores_->open_as_it_is(plan.from)), target = TRY(stores_->open_as_it_is(plan.to));
  if (source->has_other_writers() && !plan.alone)
    return fail(
        StoreError::kInvalid,
        fmt::format(
            "Other servers may use store.{}, and what they write would be lost. Stop every Gannet but "
            "this one, then add --alone.",
            plan.from));
  Record record;
  record.from = plan.from;
  record.to = plan.to;
  record.rate = plan.rate;
  record.hold = plan.hold;
  migration_ = TRY(
      DataMigration::begin(data_, std::move(source), std::move(target), std::move(record), clock_, random_));
  wake_.notify_all();
  return {};
}

Result<void> Migrations::wish(Wish wish) {
  const std::scoped_lock lock(mutex_);
  if (missing_) return fail(StoreError::kUnavailable, missing_error_, Retry::kCanHelp);
  if (!migration_) return fail(StoreError::kInvalid, "No migration is under way.");
  const Record record = migration_->status().record;
  if (wish == Wish::kConfirm && record.phase == Phase::kCutOver && may_confirm_) TRY(may_confirm_(record));
  TRY(migration_->wish(wish));
  wake_.notify_all();
  return {};
}

std::optional<MigrationStatus> Migrations::status() const {
  const std::scoped_lock lock(mutex_);
  if (missing_)
    return MigrationStatus{.record = *missing_->migration, .error = missing_error_, .paused = {}, .left = {}};
  if (!migration_) return std::nullopt;
  return migration_->status();
}

}  // namespace gannet::store::migration
