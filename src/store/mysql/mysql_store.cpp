#include "store/mysql/mysql_store.h"

#include <atomic>

#include "store/mysql/committer.h"
#include "store/mysql/reader.h"
#include "store/mysql/snapshot.h"
#include "store/validate.h"

namespace gannet::store {
namespace {

class MySqlStore final : public DataStore {
 public:
  explicit MySqlStore(const std::shared_ptr<mysql::Database>& database)
      : database_(database), committer_(database) {}

  Result<std::optional<std::string>> get(std::string_view key) override {
    TRY(check_key(key, limits()));
    return ask("get", [&](mysql::Connection& connection) { return mysql::get(connection, key); });
  }
  Result<std::vector<std::optional<std::string>>> get_many(std::span<const std::string> keys) override {
    for (const auto& key : keys) TRY(check_key(key, limits()));
    if (keys.empty()) return {};
    return ask("get many", [&](mysql::Connection& connection) {
      return mysql::get_many(connection, keys, database_->limits().max_statements);
    });
  }
  Result<Page> scan(const Range& range) override {
    TRY(check_range(range.begin, range.end));
    return ask("scan", [&](mysql::Connection& connection) {
      return mysql::scan(connection, range, database_->row_sizes());
    });
  }
  Result<std::shared_ptr<Snapshot>> snapshot() override { return mysql::take_snapshot(database_); }

  Result<void> commit(WriteBatch batch) override {
    TRY(check_batch(batch, limits()));
    if (batch.empty()) return {};
    return committer_.commit(batch);
  }

  DataStoreLimits limits() const override { return database_->limits().store; }
  DataStoreStatistics statistics() const override {
    const auto& committed = committer_.statistics();
    // The server groups syncs where it can; how often it does is its own business.
    return {.reads = reads_,
            .commits = committed.commits,
            .conflicts = committed.conflicts,
            .syncs = committed.commits};
  }
  std::optional<PoolStatistics> pool() const override { return database_->connections(); }
  bool writable() const override { return database_->writable(); }

 private:
  template <typename Call>
  auto ask(std::string_view doing, const Call& call)
      -> Result<typename std::invoke_result_t<Call, mysql::Connection&>::value_type> {
    reads_.fetch_add(1, std::memory_order_relaxed);
    return mysql::read(*database_, doing, call);
  }

  const std::shared_ptr<mysql::Database> database_;
  mysql::Committer committer_;
  std::atomic<std::uint64_t> reads_{0};
};

}  // namespace

Result<std::shared_ptr<DataStore>> open_mysql(const MySqlOptions& options, Clock& clock) {
  return std::make_shared<MySqlStore>(TRY(mysql::Database::open(options, clock)));
}

}  // namespace gannet::store
