#include "store/postgresql/snapshot.h"

#include <mutex>
#include <optional>

#include "store/postgresql/limits.h"
#include "store/postgresql/reader.h"
#include "store/validate.h"

namespace gannet::store::postgresql {
namespace {

// The second one makes the moment: a transaction sees nothing before its first query.
const Statement kBegin{
    .name = "begin", .sql = "begin isolation level repeatable read read only", .types = {}};
const Statement kMoment{.name = "moment", .sql = "select 1", .types = {}};
const Statement kEnd{.name = "end", .sql = "rollback", .types = {}};

class PostgresqlSnapshot final : public Snapshot {
 public:
  PostgresqlSnapshot(std::shared_ptr<Database> database, Database::Lease lease)
      : database_(std::move(database)), begun_(database_->clock().steady()), lease_(std::move(lease)) {}

  ~PostgresqlSnapshot() override {
    if (!lease_) return;
    const auto ended = (*lease_)->run({{.statement = &kEnd, .parameters = {}}}, database_->deadline());
    if (!ended) give_up();
  }

  Result<std::optional<std::string>> get(std::string_view key) override {
    TRY(check_key(key, kLimits));
    return read(
        [&](Connection& connection) { return postgresql::get(connection, key, database_->deadline()); });
  }
  Result<std::vector<std::optional<std::string>>> get_many(std::span<const std::string> keys) override {
    for (const auto& key : keys) TRY(check_key(key, kLimits));
    return read([&](Connection& connection) {
      return postgresql::get_many(connection, keys, database_->deadline());
    });
  }
  Result<Page> scan(const Range& range) override {
    TRY(check_range(range.begin, range.end));
    return read(
        [&](Connection& connection) { return postgresql::scan(connection, range, database_->deadline()); });
  }

 private:
  // After an error the transaction is of no more use.
  template <typename Read>
  auto read(Read read) -> decltype(read(std::declval<Connection&>())) {
    const std::scoped_lock lock(mutex_);
    if (lease_ && database_->clock().steady() - begun_ >= database_->options().max_snapshot_age) give_up();
    if (!lease_)
      return fail(StoreError::kUnavailable, "the store's snapshot has ended",
                  "it was older than store." + database_->options().id +
                      ".snapshot.max-age, or its connection was lost",
                  Retry::kCanHelp);
    auto answer = read(**lease_);
    if (!answer) give_up();
    return answer;
  }

  void give_up() {
    database_->account(*lease_);
    lease_->discard();
    lease_.reset();
  }

  const std::shared_ptr<Database> database_;
  const SteadyTime begun_;
  std::mutex mutex_;
  std::optional<Database::Lease> lease_;  // none: it has ended
};

}  // namespace

Result<std::shared_ptr<Snapshot>> take_snapshot(std::shared_ptr<Database> database) {
  const Deadline until = database->deadline();
  for (bool again = true;; again = false) {
    auto lease = TRY(database->take_for_snapshot());
    const auto begun = lease->run(
        {{.statement = &kBegin, .parameters = {}}, {.statement = &kMoment, .parameters = {}}}, until);
    if (begun) return std::make_shared<PostgresqlSnapshot>(std::move(database), std::move(lease));
    const bool repeat = again && lease->broken() && !lease->gave_up();
    database->account(lease);
    lease.discard();
    if (!repeat) return std::unexpected(begun.error());
  }
}

}  // namespace gannet::store::postgresql
