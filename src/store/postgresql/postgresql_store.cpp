#include "store/postgresql/postgresql_store.h"

#include <atomic>

#include "store/postgresql/committer.h"
#include "store/postgresql/limits.h"
#include "store/postgresql/reader.h"
#include "store/postgresql/snapshot.h"
#include "store/replicated.h"
#include "store/validate.h"

namespace gannet::store {
namespace {

using postgresql::Connection;
using postgresql::Deadline;
using postgresql::kLimits;

class PostgresqlStore final : public DataStore, public Replicated {
 public:
  explicit PostgresqlStore(std::shared_ptr<postgresql::Database> database)
      : database_(std::move(database)), committer_(database_) {}

  Result<std::optional<std::string>> get(std::string_view key) override {
    TRY(check_key(key, kLimits));
    ++reads_;
    return database_->read(
        [&](Connection& connection, Deadline until) { return postgresql::get(connection, key, until); });
  }
  Result<std::vector<std::optional<std::string>>> get_many(std::span<const std::string> keys) override {
    for (const auto& key : keys) TRY(check_key(key, kLimits));
    ++reads_;
    return database_->read([&](Connection& connection, Deadline until) {
      return postgresql::get_many(connection, keys, until);
    });
  }
  Result<Page> scan(const Range& range) override {
    TRY(check_range(range.begin, range.end));
    ++reads_;
    return database_->read(
        [&](Connection& connection, Deadline until) { return postgresql::scan(connection, range, until); });
  }
  Result<std::shared_ptr<Snapshot>> snapshot() override { return postgresql::take_snapshot(database_); }

  Result<void> commit(WriteBatch batch) override {
    TRY(check_batch(batch, kLimits));
    if (batch.empty()) return {};
    return committer_.commit(batch);
  }

  DataStoreLimits limits() const override { return kLimits; }
  DataStoreStatistics statistics() const override {
    const auto& committed = committer_.statistics();
    return {.reads = reads_,
            .commits = committed.commits,
            .conflicts = committed.conflicts,
            .syncs = committed.syncs};
  }
  std::optional<PoolStatistics> pool() const override { return database_->connections(); }
  bool writable() const override { return database_->server().writable(); }

  void track_commits() override { committer_.track(); }
  std::uint64_t committed() const override { return committer_.position(); }
  Result<std::uint64_t> replayed() override {
    return database_->read([](Connection& connection, Deadline until) -> Result<std::uint64_t> {
      const auto rows =
          TRY(connection.run({{.statement = &postgresql::replayed_statement(), .parameters = {}}}, until));
      return static_cast<std::uint64_t>(postgresql::read_int8(rows[0].at(0, 0)));
    });
  }

 private:
  const std::shared_ptr<postgresql::Database> database_;
  postgresql::Committer committer_;
  std::atomic<std::uint64_t> reads_{0};
};

}  // namespace

Result<std::shared_ptr<DataStore>> open_postgresql(const PostgresqlOptions& options, Clock& clock) {
  return std::make_shared<PostgresqlStore>(TRY(postgresql::Database::open(options, clock)));
}

}  // namespace gannet::store
