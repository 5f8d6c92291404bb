#include "store/rocksdb/rocksdb_store.h"

#include <atomic>

#include "store/rocksdb/committer.h"
#include "store/rocksdb/database.h"
#include "store/rocksdb/reader.h"
#include "store/validate.h"

namespace gannet::store {
namespace {

constexpr DataStoreLimits kLimits{};

class RocksDbSnapshot final : public Snapshot {
 public:
  explicit RocksDbSnapshot(std::shared_ptr<rocks::Database> database)
      : database_(std::move(database)), snapshot_(database_->db().GetSnapshot()) {}
  ~RocksDbSnapshot() override { database_->db().ReleaseSnapshot(snapshot_); }

  Result<std::optional<std::string>> get(std::string_view key) override {
    return rocks::get(*database_, snapshot_, key, kLimits);
  }
  Result<std::vector<std::optional<std::string>>> get_many(std::span<const std::string> keys) override {
    return rocks::get_many(*database_, snapshot_, keys, kLimits);
  }
  Result<Page> scan(const Range& range) override { return rocks::scan(*database_, snapshot_, range); }

 private:
  const std::shared_ptr<rocks::Database> database_;
  const rocksdb::Snapshot* const snapshot_;
};

class RocksDbStore final : public DataStore {
 public:
  RocksDbStore(std::shared_ptr<rocks::Database> database, const RocksDbOptions& options)
      : database_(std::move(database)), committer_(database_, options) {}

  Result<std::optional<std::string>> get(std::string_view key) override {
    count_read();
    return rocks::get(*database_, nullptr, key, kLimits);
  }
  Result<std::vector<std::optional<std::string>>> get_many(std::span<const std::string> keys) override {
    count_read();
    return rocks::get_many(*database_, nullptr, keys, kLimits);
  }
  Result<Page> scan(const Range& range) override {
    count_read();
    return rocks::scan(*database_, nullptr, range);
  }
  Result<std::shared_ptr<Snapshot>> snapshot() override {
    return std::make_shared<RocksDbSnapshot>(database_);
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
  bool writable() const override { return database_->health().writable(); }
  bool has_other_writers() const override { return false; }  // RocksDB locks its folder

 private:
  void count_read() { reads_.fetch_add(1, std::memory_order_relaxed); }

  const std::shared_ptr<rocks::Database> database_;
  rocks::Committer committer_;
  std::atomic<std::uint64_t> reads_{0};
};

}  // namespace

Result<std::shared_ptr<DataStore>> open_rocksdb(const RocksDbOptions& options, Clock& clock) {
  auto database = TRY(rocks::Database::open(options, clock));
  return std::make_shared<RocksDbStore>(std::move(database), options);
}

}  // namespace gannet::store
