#include "store/mysql/snapshot.h"

#include <fmt/format.h>

#include "store/mysql/reader.h"
#include "store/validate.h"

namespace gannet::store::mysql {
namespace {

constexpr std::string_view kBegin =
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";

// A place among those that may be open; given back when it ends.
class Place {
 public:
  static Result<Place> take(const std::shared_ptr<Database>& database) {
    if (database->snapshots().try_acquire_for(database->options().pool.wait_timeout)) return Place(database);
    return fail(StoreError::kUnavailable, "the store is busy",
                fmt::format("mysql: too many snapshots are open: see store.{}.pool.max-connections",
                            database->options().id),
                Retry::kCanHelp);
  }
  Place(Place&& other) noexcept = default;
  Place& operator=(Place&&) = delete;
  ~Place() {
    if (database_) database_->snapshots().release();
  }

 private:
  explicit Place(std::shared_ptr<Database> database) : database_(std::move(database)) {}
  std::shared_ptr<Database> database_;
};

class Held final : public Snapshot, private Holder {
 public:
  Held(std::shared_ptr<Database> database, Place place, Database::Lease lease)
      : database_(std::move(database)),
        ends_(database_->clock().steady() + database_->options().snapshot_lifetime),
        held_(std::in_place, std::move(place), std::move(lease)) {
    database_->watch(*this);
  }
  ~Held() override {
    database_->unwatch(*this);
    end();
  }

  Result<std::optional<std::string>> get(std::string_view key) override {
    TRY(check_key(key, database_->limits().store));
    return ask("snapshot: get", [&](Connection& connection) { return mysql::get(connection, key); });
  }
  Result<std::vector<std::optional<std::string>>> get_many(std::span<const std::string> keys) override {
    for (const auto& key : keys) TRY(check_key(key, database_->limits().store));
    return ask("snapshot: get many", [&](Connection& connection) {
      return mysql::get_many(connection, keys, database_->limits().max_statements);
    });
  }
  Result<Page> scan(const Range& range) override {
    TRY(check_range(range.begin, range.end));
    return ask("snapshot: scan", [&](Connection& connection) {
      return mysql::scan(connection, range, database_->row_sizes());
    });
  }

 private:
  void end_if_old() override {
    const std::unique_lock lock(mutex_, std::try_to_lock);  // one in use is not forgotten
    if (lock && database_->clock().steady() >= ends_) end();
  }

  template <typename Call>
  auto ask(std::string_view doing, const Call& call)
      -> Result<typename std::invoke_result_t<Call, Connection&>::value_type> {
    const std::scoped_lock lock(mutex_);
    if (database_->clock().steady() >= ends_) end();
    if (!held_)
      return fail(StoreError::kUnavailable, "the store is busy",
                  "mysql: the snapshot has ended: it was too old, or "
                  "its connection was lost",
                  Retry::kCanHelp);
    const auto begin = std::chrono::steady_clock::now();
    auto answer = call(*held_->lease);
    if (answer) return *std::move(answer);
    database_->gave(held_->lease, answer.error(), since(begin));
    if (answer.error().lost()) held_.reset();
    return fail_with(answer.error(), doing);
  }

  void end() {
    if (!held_) return;
    if (!held_->lease->run("ROLLBACK")) held_->lease.discard();
    held_.reset();
  }

  struct Connected {
    Place place;  // goes last
    Database::Lease lease;
    Connected(Place p, Database::Lease l) : place(std::move(p)), lease(std::move(l)) {}
  };
  const std::shared_ptr<Database> database_;
  const SteadyTime ends_;
  std::mutex mutex_;
  std::optional<Connected> held_;
};

}  // namespace

Result<std::shared_ptr<Snapshot>> take_snapshot(const std::shared_ptr<Database>& database) {
  auto place = TRY(Place::take(database));
  for (;;) {
    auto lease = TRY(database->take());
    const auto begin = std::chrono::steady_clock::now();
    const auto begun = lease->run(kBegin);
    if (begun) return std::make_shared<Held>(database, std::move(place), std::move(lease));
    if (!database->gave(lease, begun.error(), since(begin))) return fail_with(begun.error(), "snapshot");
  }
}

}  // namespace gannet::store::mysql
