#include "store/migration/migrations.h"

#include <fmt/format.h>

#include "observe/log.h"
#include "store/migration/role_migration.h"

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

std::string Migrations::in_force_locked(Role role) const {
  if (migration_) {
    const auto record = migration_->status().record;
    if (record.role == role) return record.target_in_force() ? record.to : record.from;
  }
  if (role == Role::kData) return in_force_;
  const auto other = roles_.find(role);
  return other == roles_.end() || other->second.id.empty() ? in_force_locked(Role::kData) : other->second.id;
}

std::string Migrations::in_force(Role role) const {
  const std::scoped_lock lock(mutex_);
  return in_force_locked(role);
}

void Migrations::role_is(Role role, MovableRole movable) {
  const std::scoped_lock lock(mutex_);
  auto& known = roles_[role] = std::move(movable);
  if (known.mover && known.record)
    migration_ = std::make_shared<RoleMigration>(data_, known.mover, *known.record, clock_);
}

std::shared_ptr<SearchStore> Migrations::movable_index(
    std::shared_ptr<SearchStore> in_force,
    std::function<std::shared_ptr<SearchStore>(std::shared_ptr<DataStore>)> ours) {
  const std::scoped_lock lock(mutex_);
  our_index_ = std::move(ours);
  index_ = std::make_shared<SwitchingSearchStore>(std::move(in_force), data_, clock_, random_);
  return index_;
}

void Migrations::documents_are(std::shared_ptr<SearchDocuments> documents) {
  MovableRole movable;
  {
    const std::scoped_lock lock(mutex_);
    if (!index_ || !open_index_) return;
    const auto open = [open = open_index_,
                       ours = our_index_](const std::string& id) -> Result<std::shared_ptr<SearchStore>> {
      auto opened = TRY(open(id));
      return opened.search ? opened.search : ours(std::move(opened.data));
    };
    movable = roles_[Role::kSearch];
    movable.mover = search_mover(index_, open, std::move(documents));
  }
  role_is(Role::kSearch, std::move(movable));
}

Result<void> Migrations::announce_as(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  if (!data_->has_other_writers()) return {};
  node_.emplace(name, random_);
  const bool under_way = missing_ || (migration_ && migration_->status().record.under_way());
  if (under_way) {
    const auto others = TRY(node_->others(*data_, clock_.now()));
    if (!others.empty())
      return fail(
          StoreError::kConfiguration,
          fmt::format("The server {} is moving what this one would write to, too: start this one when "
                      "`gannet store migrate confirm` or `rollback` has ended that there.",
                      fmt::join(others, ", ")));
  }
  TRY(node_->announce(*data_, clock_.now()));
  announced_ = clock_.steady();
  return {};
}

// Under the lock.
void Migrations::announce() {
  if (!node_ || clock_.steady() - announced_ < kNodeInterval) return;
  announced_ = clock_.steady();
  if (auto done = node_->announce(*data_, clock_.now()); !done)
    observe::warn("store.announcement-failed", {{"error", done.error()}});
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
  if (!thread_.joinable()) return;
  thread_.join();
  // Else the others would wait until it counts no more.
  if (node_)
    if (auto gone = node_->withdraw(*data_); !gone)
      observe::warn("store.announcement-failed", {{"error", gone.error()}});
}

void Migrations::run() {
  std::string last_error;
  std::unique_lock lock(mutex_);
  while (!stop_) {
    Duration wait = node_ ? kNodeInterval : kIdle;
    announce();
    if (missing_) open_missing();
    if (missing_) wait = kAfterError;
    if (const auto migration = migration_) {
      lock.unlock();
      Result<Duration> done = migration->status().finished ? Result<Duration>(wait) : migration->step();
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
std::shared_ptr<Migration> Migrations::open_missing() {
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
  if (const auto in_force = in_force_locked(plan.role); plan.from != in_force)
    return fail(StoreError::kInvalid,
                fmt::format("What is for {} lies in the store \"{}\", not in \"{}\": --from {}",
                            role_key(plan.role), in_force, plan.from, in_force));
  if (plan.to == plan.from) return fail(StoreError::kInvalid, "The two stores must be different ones.");
  if (data_->has_other_writers() && !plan.alone) {
    const auto others =
        node_ ? TRY(node_->others(*data_, clock_.now())) : std::vector<std::string>{"unknown"};
    if (!others.empty())
      return fail(
          StoreError::kInvalid,
          fmt::format("Other servers use store.{}, too, and what they write would be lost: {}. Stop every "
                      "Gannet but this one; one that was killed counts for {} seconds more.",
                      in_force_locked(Role::kData), fmt::join(others, ", "), kNodeLease / Duration(1000)));
  }
  Record record;
  record.role = plan.role;
  record.from = plan.from;
  record.to = plan.to;
  record.rate = plan.rate;
  record.hold = plan.hold;
  std::shared_ptr<Migration> begun;
  if (plan.role == Role::kData) {
    begun = TRY(begin_data(std::move(record)));
  } else {
    const auto movable = roles_.find(plan.role);
    if (movable == roles_.end() || !movable->second.mover)
      return fail(StoreError::kInvalid, fmt::format("{} cannot be moved here.", role_key(plan.role)));
    // What the mail's own data store still has from a time before is this server's.
    const bool ours = record.to == in_force_locked(Role::kData);
    begun = TRY(RoleMigration::begin(data_, movable->second.mover, std::move(record), clock_, random_,
                                     {.target_is_ours = ours}));
  }
  // What the last one came to is remembered before another takes its place.
  if (migration_) {
    const auto last = migration_->status().record;
    const std::string& id = last.target_in_force() ? last.to : last.from;
    if (last.role == Role::kData)
      in_force_ = id;
    else
      roles_[last.role].id = id;
  }
  migration_ = std::move(begun);
  wake_.notify_all();
  return {};
}

Result<std::shared_ptr<Migration>> Migrations::begin_data(Record record) {
  auto source = TRY(stores_->open_as_it_is(record.from)), target = TRY(stores_->open_as_it_is(record.to));
  return std::shared_ptr<Migration>(TRY(
      DataMigration::begin(data_, std::move(source), std::move(target), std::move(record), clock_, random_)));
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
