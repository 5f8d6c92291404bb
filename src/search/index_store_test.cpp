// The index over a DataStore keeps the promises of every SearchStore.
#include "search/index_store.h"

#include <gtest/gtest.h>

#include "store/rocksdb/rocksdb_store.h"
#include "store/sqlite/sqlite_store.h"
#include "tests/contract/search_store_contract.h"

namespace gannet::search {
namespace {

using store::SearchStore;
using store::contract::Backend;
using store::contract::SearchStoreContract;

using OpenData = Result<std::shared_ptr<store::DataStore>> (*)(const std::string& folder, Clock& clock);

Result<std::shared_ptr<store::DataStore>> rocksdb(const std::string& folder, Clock& clock) {
  return store::open_rocksdb({.path = folder + "/db"}, clock);
}
Result<std::shared_ptr<store::DataStore>> sqlite(const std::string& folder, Clock& clock) {
  return store::open_sqlite({.path = folder + "/mail.db"}, clock);
}

class IndexHarness final : public store::contract::Harness<SearchStore> {
 public:
  explicit IndexHarness(OpenData open_data) : open_data_(open_data) {}
  Result<std::shared_ptr<SearchStore>> open(Clock& clock) override {
    return index_over(TRY(open_data_(directory_.path(), clock)));
  }

 private:
  const OpenData open_data_;
  store::contract::TemporaryDirectory directory_;
};

Backend<SearchStore> over(const std::string& name, OpenData open_data) {
  return {name, [open_data] { return std::make_unique<IndexHarness>(open_data); }};
}

}  // namespace
}  // namespace gannet::search

namespace gannet::store::contract {
INSTANTIATE_TEST_SUITE_P(Over, SearchStoreContract,
                         testing::Values(search::over("rocksdb", search::rocksdb),
                                         search::over("sqlite", search::sqlite)),
                         [](const auto& info) { return info.param.name; });
}  // namespace gannet::store::contract
