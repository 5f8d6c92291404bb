#include "store/sqlite/sqlite_store.h"

#include <atomic>

#include "store/sqlite/committer.h"
#include "store/sqlite/database.h"
#include "store/sqlite/reader.h"
#include "store/validate.h"

namespace gannet::store {
namespace {

constexpr DataStoreLimits kLimits{};

Result<void> check_keys(std::span<const std::string> keys) {
  for (const auto& key : keys) TRY(check_key(key, kLimits));
  return {};
}

class SqliteSnapshot final : public Snapshot {
 public:
  SqliteSnapshot(std::shared_ptr<sqlite::Database> database, std::unique_ptr<sqlite::HeldSnapshot> held)
      : database_(std::move(database)), held_(std::move(held)) {}
  ~SqliteSnapshot() override { database_->snapshots().release(std::move(held_)); }

  Result<std::optional<std::string>> get(std::string_view key) override {
    TRY(check_key(key, kLimits));
    return held_->read([&](sqlite::Connection& connection) { return sqlite::get(connection, key); });
  }
  Result<std::vector<std::optional<std::string>>> get_many(std::span<const std::string> keys) override {
    TRY(check_keys(keys));
    return held_->read([&](sqlite::Connection& connection) { return sqlite::get_many(connection, keys); });
  }
  Result<Page> scan(const Range& range) override {
    TRY(check_range(range.begin, range.end));
    return held_->read([&](sqlite::Connection& connection) { return sqlite::scan(connection, range); });
  }

 private:
  const std::shared_ptr<sqlite::Database> database_;
  std::unique_ptr<sqlite::HeldSnapshot> held_;
};

class SqliteStore final : public DataStore {
 public:
  SqliteStore(std::shared_ptr<sqlite::Database> database, const SqliteOptions& options)
      : database_(std::move(database)), committer_(database_, options) {}

  Result<std::optional<std::string>> get(std::string_view key) override {
    TRY(check_key(key, kLimits));
    return sqlite::get(*TRY(reader()), key);
  }
  Result<std::vector<std::optional<std::string>>> get_many(std::span<const std::string> keys) override {
    TRY(check_keys(keys));
    return sqlite::get_many(*TRY(reader()), keys);
  }
  Result<Page> scan(const Range& range) override {
    TRY(check_range(range.begin, range.end));
    return sqlite::scan(*TRY(reader()), range);
  }
  Result<std::shared_ptr<Snapshot>> snapshot() override {
    return std::make_shared<SqliteSnapshot>(database_, TRY(database_->snapshots().hold()));
  }

  Result<void> commit(WriteBatch batch) override {
    TRY(check_batch(batch, kLimits));
    if (batch.empty()) return {};
    return committer_.commit(batch);
  }

  DataStoreLimits limits() const override { return kLimits; }
  DataStoreStatistics statistics() const override {
    return {.reads = reads_,
            .commits = committer_.commits(),
            .conflicts = committer_.conflicts(),
            .syncs = committer_.syncs()};
  }
  std::optional<PoolStatistics> pool() const override { return database_->readers(); }
  bool writable() const override { return database_->health().writable(); }
  bool has_other_writers() const override { return false; }  // file_lock.h

 private:
  Result<Pool<sqlite::Connection>::Lease> reader() {
    reads_.fetch_add(1, std::memory_order_relaxed);
    return database_->reader();
  }

  const std::shared_ptr<sqlite::Database> database_;
  sqlite::Committer committer_;
  std::atomic<std::uint64_t> reads_{0};
};

}  // namespace

Result<std::shared_ptr<DataStore>> open_sqlite(const SqliteOptions& options, Clock& clock) {
  auto database = TRY(sqlite::Database::open(options, clock));
  return std::make_shared<SqliteStore>(std::move(database), options);
}

}  // namespace gannet::store
