#include <gtest/gtest.h>

#include "tests/contract/lookup_store_contract.h"

namespace gannet::store {
namespace {

class MemoryHarness final : public contract::Harness<LookupStore> {
 public:
  Result<std::shared_ptr<LookupStore>> open(Clock& clock) override {
    return memory_lookup_store(64 << 20, clock);
  }
};

}  // namespace

namespace contract {
INSTANTIATE_TEST_SUITE_P(Memory, LookupStoreContract,
                         testing::Values(Backend<LookupStore>{
                             "memory", [] { return std::make_unique<MemoryHarness>(); }}),
                         [](const auto& info) { return info.param.name; });
}  // namespace contract

namespace {

TEST(MemoryLookupStoreTest, HoldsNoMoreThanItMay) {
  ManualClock clock;
  auto store = memory_lookup_store(1 << 20, clock);
  int kept = 0;
  const int stored = 4000;
  for (int i = 0; i < stored; ++i)
    ASSERT_TRUE(
        store->set("key" + std::to_string(i), std::string(1000, 'v'), std::chrono::milliseconds(10'000 + i)));
  for (int i = 0; i < stored; ++i) kept += store->get("key" + std::to_string(i))->has_value();
  EXPECT_LT(kept, 1050);
  EXPECT_GT(kept, 600);
  EXPECT_TRUE(store->get("key" + std::to_string(stored - 1))->has_value()) << "what expires first goes first";
  EXPECT_FALSE(store->get("key0")->has_value());
}

}  // namespace
}  // namespace gannet::store
