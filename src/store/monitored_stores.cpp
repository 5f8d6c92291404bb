#include "store/blob_store.h"
#include "store/data_store.h"
#include "store/lookup_store.h"
#include "store/monitor.h"
#include "store/search_store.h"

namespace gannet::store {
namespace {

using Monitor = std::shared_ptr<StoreMonitor>;

class MonitoredSnapshot final : public Snapshot {
 public:
  MonitoredSnapshot(std::shared_ptr<Snapshot> snapshot, Monitor monitor)
      : snapshot_(std::move(snapshot)), monitor_(std::move(monitor)) {}
  Result<std::optional<std::string>> get(std::string_view key) override {
    return monitor_->read([&] { return snapshot_->get(key); });
  }
  Result<std::vector<std::optional<std::string>>> get_many(std::span<const std::string> keys) override {
    return monitor_->read([&] { return snapshot_->get_many(keys); });
  }
  Result<Page> scan(const Range& range) override {
    return monitor_->read([&] { return snapshot_->scan(range); });
  }

 private:
  const std::shared_ptr<Snapshot> snapshot_;
  const Monitor monitor_;
};

class MonitoredDataStore final : public DataStore {
 public:
  MonitoredDataStore(std::shared_ptr<DataStore> store, Monitor monitor)
      : store_(std::move(store)), monitor_(std::move(monitor)) {}
  Result<std::optional<std::string>> get(std::string_view key) override {
    return monitor_->read([&] { return store_->get(key); });
  }
  Result<std::vector<std::optional<std::string>>> get_many(std::span<const std::string> keys) override {
    return monitor_->read([&] { return store_->get_many(keys); });
  }
  Result<Page> scan(const Range& range) override {
    return monitor_->read([&] { return store_->scan(range); });
  }
  Result<std::shared_ptr<Snapshot>> snapshot() override {
    return std::make_shared<MonitoredSnapshot>(TRY(store_->snapshot()), monitor_);
  }
  Result<void> commit(WriteBatch batch) override {
    return monitor_->write([&] { return store_->commit(std::move(batch)); });
  }
  DataStoreLimits limits() const override { return store_->limits(); }
  DataStoreStatistics statistics() const override { return store_->statistics(); }
  std::optional<PoolStatistics> pool() const override { return store_->pool(); }
  bool writable() const override { return store_->writable(); }
  bool has_other_writers() const override { return store_->has_other_writers(); }

 private:
  const std::shared_ptr<DataStore> store_;
  const Monitor monitor_;
};

class MonitoredBlobStore final : public BlobStore {
 public:
  MonitoredBlobStore(std::shared_ptr<BlobStore> store, Monitor monitor)
      : store_(std::move(store)), monitor_(std::move(monitor)) {}
  Result<void> put(const BlobId& id, std::string_view content) override {
    return monitor_->write([&] { return store_->put(id, content); });
  }
  Result<void> put_with(WriteBatch& batch, const BlobId& id, std::string_view content) override {
    return monitor_->write([&] { return store_->put_with(batch, id, content); });
  }
  Result<std::string> get(const BlobId& id, std::uint64_t offset, std::uint64_t length) override {
    return monitor_->read([&] { return store_->get(id, offset, length); });
  }
  Result<std::vector<std::string>> get_many(std::span<const BlobRange> ranges) override {
    return monitor_->read([&] { return store_->get_many(ranges); });
  }
  Result<bool> exists(const BlobId& id) override {
    return monitor_->read([&] { return store_->exists(id); });
  }
  Result<void> remove(const BlobId& id) override {
    return monitor_->write([&] { return store_->remove(id); });
  }
  Result<void> remove_with(WriteBatch& batch, const BlobId& id) override {
    return monitor_->write([&] { return store_->remove_with(batch, id); });
  }
  Result<std::vector<BlobId>> list(const std::optional<BlobId>& after, std::size_t limit) override {
    return monitor_->read([&] { return store_->list(after, limit); });
  }

 private:
  const std::shared_ptr<BlobStore> store_;
  const Monitor monitor_;
};

class MonitoredSearchStore final : public SearchStore {
 public:
  MonitoredSearchStore(std::shared_ptr<SearchStore> store, Monitor monitor)
      : store_(std::move(store)), monitor_(std::move(monitor)) {}
  Result<void> index(const std::vector<SearchDocument>& documents) override {
    return monitor_->write([&] { return store_->index(documents); });
  }
  Result<void> remove(std::uint32_t account, const std::vector<std::uint32_t>& documents) override {
    return monitor_->write([&] { return store_->remove(account, documents); });
  }
  Result<void> remove_account(std::uint32_t account) override {
    return monitor_->write([&] { return store_->remove_account(account); });
  }
  Result<std::vector<std::uint32_t>> query(std::uint32_t account, const SearchQuery& query) override {
    return monitor_->read([&] { return store_->query(account, query); });
  }
  Result<std::string> identity() override {
    return monitor_->read([&] { return store_->identity(); });
  }

 private:
  const std::shared_ptr<SearchStore> store_;
  const Monitor monitor_;
};

class MonitoredLookupStore final : public LookupStore {
 public:
  MonitoredLookupStore(std::shared_ptr<LookupStore> store, Monitor monitor)
      : store_(std::move(store)), monitor_(std::move(monitor)) {}
  Result<std::optional<std::string>> get(std::string_view key) override {
    return monitor_->read([&] { return store_->get(key); });
  }
  Result<void> set(std::string_view key, std::string_view value, Duration ttl) override {
    return monitor_->write([&] { return store_->set(key, value, ttl); });
  }
  Result<void> remove(std::string_view key) override {
    return monitor_->write([&] { return store_->remove(key); });
  }
  Result<std::int64_t> increment(std::string_view key, std::int64_t delta, Duration ttl) override {
    return monitor_->write([&] { return store_->increment(key, delta, ttl); });
  }
  Result<std::int64_t> counter(std::string_view key) override {
    return monitor_->read([&] { return store_->counter(key); });
  }
  Result<bool> lock(std::string_view key, std::string_view holder, Duration lease) override {
    return monitor_->write([&] { return store_->lock(key, holder, lease); });
  }
  Result<void> unlock(std::string_view key, std::string_view holder) override {
    return monitor_->write([&] { return store_->unlock(key, holder); });
  }
  Result<std::size_t> purge_expired(std::size_t limit) override {
    return monitor_->write([&] { return store_->purge_expired(limit); });
  }
  Result<LookupPage> entries(const std::string& position, std::size_t limit) override {
    return monitor_->read([&] { return store_->entries(position, limit); });
  }
  Result<std::optional<LookupEntry>> entry(LookupKind kind, std::string_view key) override {
    return monitor_->read([&] { return store_->entry(kind, key); });
  }
  Result<void> restore(const LookupEntry& entry) override {
    return monitor_->write([&] { return store_->restore(entry); });
  }
  Result<void> erase(LookupKind kind, std::string_view key) override {
    return monitor_->write([&] { return store_->erase(kind, key); });
  }

 private:
  const std::shared_ptr<LookupStore> store_;
  const Monitor monitor_;
};

}  // namespace

std::shared_ptr<DataStore> monitored(std::shared_ptr<DataStore> store, Monitor monitor) {
  monitor->watch(store);
  return std::make_shared<MonitoredDataStore>(std::move(store), std::move(monitor));
}
std::shared_ptr<BlobStore> monitored(std::shared_ptr<BlobStore> store, Monitor monitor) {
  return std::make_shared<MonitoredBlobStore>(std::move(store), std::move(monitor));
}
std::shared_ptr<SearchStore> monitored(std::shared_ptr<SearchStore> store, Monitor monitor) {
  return std::make_shared<MonitoredSearchStore>(std::move(store), std::move(monitor));
}
std::shared_ptr<LookupStore> monitored(std::shared_ptr<LookupStore> store, Monitor monitor) {
  return std::make_shared<MonitoredLookupStore>(std::move(store), std::move(monitor));
}

}  // namespace gannet::store
