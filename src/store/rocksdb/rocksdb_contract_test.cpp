#include <gtest/gtest.h>

#include "store/data_blob_store.h"
#include "store/rocksdb/rocksdb_store.h"
#include "tests/contract/blob_store_contract.h"
#include "tests/contract/data_store_contract.h"
#include "tests/contract/lookup_store_contract.h"

namespace gannet::store::contract {
namespace {

class RocksDbHarness final : public Harness<DataStore> {
 public:
  Result<std::shared_ptr<DataStore>> open(Clock& clock) override {
    return open_rocksdb({.path = directory_.path() + "/db"}, clock);
  }

 private:
  TemporaryDirectory directory_;
};

class RocksDbBlobHarness final : public Harness<BlobStore> {
 public:
  explicit RocksDbBlobHarness(Compression compression) : compression_(compression) {}
  Result<std::shared_ptr<BlobStore>> open(Clock& clock) override {
    return blob_store_over(TRY(data_.open(clock)), {.compression = compression_});
  }

 private:
  RocksDbHarness data_;
  const Compression compression_;
};

class RocksDbLookupHarness final : public Harness<LookupStore> {
 public:
  Result<std::shared_ptr<LookupStore>> open(Clock& clock) override {
    return lookup_store_over(TRY(data_.open(clock)), clock);
  }

 private:
  RocksDbHarness data_;
};

Backend<BlobStore> blobs(const std::string& name, Compression compression) {
  return {name, [compression] { return std::make_unique<RocksDbBlobHarness>(compression); }};
}

constexpr auto kName = [](const auto& info) { return info.param.name; };

INSTANTIATE_TEST_SUITE_P(RocksDb, DataStoreContract,
                         testing::Values(Backend<DataStore>{
                             "rocksdb", [] { return std::make_unique<RocksDbHarness>(); }}),
                         kName);
INSTANTIATE_TEST_SUITE_P(RocksDb, BlobStoreContract,
                         testing::Values(blobs("none", Compression::kNone), blobs("lz4", Compression::kLz4),
                                         blobs("zstd", Compression::kZstd)),
                         kName);
INSTANTIATE_TEST_SUITE_P(RocksDb, LookupStoreContract,
                         testing::Values(Backend<LookupStore>{
                             "rocksdb", [] { return std::make_unique<RocksDbLookupHarness>(); }}),
                         kName);

}  // namespace
}  // namespace gannet::store::contract
