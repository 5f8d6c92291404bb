// The index over a DataStore keeps the promises of every SearchStore.
#include "search/index_store.h"

#include <gtest/gtest.h>

#include "store/rocksdb/rocksdb_store.h"
#include "tests/contract/search_store_contract.h"

namespace gannet::search {
namespace {

using store::SearchStore;
using store::contract::Backend;
using store::contract::SearchStoreContract;

class IndexHarness final : public store::contract::Harness<SearchStore> {
 public:
  Result<std::shared_ptr<SearchStore>> open(Clock& clock) override {
    return search_store_over(TRY(store::open_rocksdb({.path = directory_.path() + "/db"}, clock)));
  }

 private:
  store::contract::TemporaryDirectory directory_;
};

}  // namespace
}  // namespace gannet::search

namespace gannet::store::contract {
INSTANTIATE_TEST_SUITE_P(OverRocksDb, SearchStoreContract,
                         testing::Values(Backend<SearchStore>{
                             "rocksdb", [] { return std::make_unique<search::IndexHarness>(); }}),
                         [](const auto& info) { return info.param.name; });
}  // namespace gannet::store::contract
