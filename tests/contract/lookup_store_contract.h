// What every LookupStore must do (src/store/lookup_store.h).
#pragma once

#include <gtest/gtest.h>

#include <chrono>

#include "tests/contract/harness.h"

namespace gannet::store::contract {

using namespace std::chrono_literals;

class LookupStoreContract : public ::testing::TestWithParam<Backend<LookupStore>> {
 protected:
  void SetUp() override {
    harness_ = GetParam().make();
    if (const auto why = harness_->skip_reason(); !why.empty()) GTEST_SKIP() << why;
    auto opened = harness_->open(clock_);
    ASSERT_TRUE(opened) << opened.error().describe();
    store_ = *std::move(opened);
  }
  std::optional<std::string> get(const std::string& key) { return *store_->get(key); }
  void set(const std::string& key, const std::string& value, Duration ttl = 0ms) {
    auto done = store_->set(key, value, ttl);
    EXPECT_TRUE(done) << done.error().describe();
  }
  std::int64_t increment(const std::string& key, std::int64_t delta, Duration ttl = 0ms) {
    return *store_->increment(key, delta, ttl);
  }

  ManualClock clock_;
  std::unique_ptr<Harness<LookupStore>> harness_;
  std::shared_ptr<LookupStore> store_;
};

}  // namespace gannet::store::contract
