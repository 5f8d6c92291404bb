#include <gtest/gtest.h>

#include "store/data_blob_store.h"
#include "store/sqlite/sqlite_store.h"
#include "tests/contract/blob_store_contract.h"
#include "tests/contract/data_store_contract.h"
#include "tests/contract/lookup_store_contract.h"

namespace gannet::store::contract {
namespace {

class SqliteHarness final : public Harness<DataStore> {
 public:
  Result<std::shared_ptr<DataStore>> open(Clock& clock) override {
    return open_sqlite({.path = directory_.path() + "/mail.db"}, clock);
  }

 private:
  TemporaryDirectory directory_;
};

class SqliteBlobHarness final : public Harness<BlobStore> {
 public:
  explicit SqliteBlobHarness(Compression compression) : compression_(compression) {}
  Result<std::shared_ptr<BlobStore>> open(Clock& clock) override {
    return blob_store_over(TRY(data_.open(clock)), {.compression = compression_});
  }

 private:
  SqliteHarness data_;
  const Compression compression_;
};

class SqliteLookupHarness final : public Harness<LookupStore> {
 public:
  Result<std::shared_ptr<LookupStore>> open(Clock& clock) override {
    return lookup_store_over(TRY(data_.open(clock)), clock);
  }

 private:
  SqliteHarness data_;
};

Backend<BlobStore> blobs(const std::string& name, Compression compression) {
  return {name, [compression] { return std::make_unique<SqliteBlobHarness>(compression); }};
}

constexpr auto kName = [](const auto& info) { return info.param.name; };

INSTANTIATE_TEST_SUITE_P(Sqlite, DataStoreContract,
                         testing::Values(Backend<DataStore>{
                             "sqlite", [] { return std::make_unique<SqliteHarness>(); }}),
                         kName);
INSTANTIATE_TEST_SUITE_P(Sqlite, BlobStoreContract,
                         testing::Values(blobs("none", Compression::kNone), blobs("lz4", Compression::kLz4),
                                         blobs("zstd", Compression::kZstd)),
                         kName);
INSTANTIATE_TEST_SUITE_P(Sqlite, LookupStoreContract,
                         testing::Values(Backend<LookupStore>{
                             "sqlite", [] { return std::make_unique<SqliteLookupHarness>(); }}),
                         kName);

}  // namespace
}  // namespace gannet::store::contract
