// What every DataStore must do (src/store/data_store.h). A backend's test instantiates DataStoreContract.
#pragma once

#include <gtest/gtest.h>

#include "tests/contract/harness.h"

namespace gannet::store::contract {

class DataStoreContract : public ::testing::TestWithParam<Backend<DataStore>> {
 protected:
  void SetUp() override {
    harness_ = GetParam().make();
    if (const auto why = harness_->skip_reason(); !why.empty()) GTEST_SKIP() << why;
    reopen();
  }

  // Closes it and opens it again.
  void reopen() {
    store_.reset();
    auto opened = harness_->open(clock_);
    ASSERT_TRUE(opened) << opened.error().describe();
    store_ = *std::move(opened);
  }

  std::optional<std::string> get(const std::string& key) {
    auto value = store_->get(key);
    EXPECT_TRUE(value) << value.error().describe();
    return value ? *value : std::nullopt;
  }
  void commit(WriteBatch batch) {
    auto committed = store_->commit(std::move(batch));
    EXPECT_TRUE(committed) << committed.error().describe();
  }
  void set(const std::string& key, const std::string& value) {
    WriteBatch batch;
    batch.set(key, value);
    commit(std::move(batch));
  }
  StoreError refusal(WriteBatch batch) {
    auto committed = store_->commit(std::move(batch));
    EXPECT_FALSE(committed);
    return committed ? StoreError{} : static_cast<StoreError>(committed.error().code());
  }
  std::vector<std::string> keys(Range range) {
    range.keys_only = true;
    auto items = scan_all(*store_, range);
    EXPECT_TRUE(items) << items.error().describe();
    std::vector<std::string> out;
    if (items)
      for (auto& item : *items) out.push_back(item.key);
    return out;
  }

  ManualClock clock_;
  std::unique_ptr<Harness<DataStore>> harness_;
  std::shared_ptr<DataStore> store_;
};

}  // namespace gannet::store::contract
