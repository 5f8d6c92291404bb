// What every BlobStore must do (src/store/blob_store.h).
#pragma once

#include <gtest/gtest.h>

#include "tests/contract/harness.h"

namespace gannet::store::contract {

class BlobStoreContract : public ::testing::TestWithParam<Backend<BlobStore>> {
 protected:
  void SetUp() override {
    harness_ = GetParam().make();
    if (const auto why = harness_->skip_reason(); !why.empty()) GTEST_SKIP() << why;
    reopen();
  }
  void reopen() {
    store_.reset();
    auto opened = harness_->open(clock_);
    ASSERT_TRUE(opened) << opened.error().describe();
    store_ = *std::move(opened);
  }
  BlobId put(const std::string& content) {
    const BlobId id = BlobId::of(content);
    auto done = store_->put(id, content);
    EXPECT_TRUE(done) << done.error().describe();
    return id;
  }
  std::string get(const BlobId& id, std::uint64_t offset = 0, std::uint64_t length = UINT64_MAX) {
    auto content = store_->get(id, offset, length);
    EXPECT_TRUE(content) << content.error().describe();
    return content ? *content : std::string();
  }
  // Words, so that it compresses as mail does.
  static std::string text(std::size_t size, std::uint64_t seed = 1) {
    SeededRandom random(seed);
    std::string out;
    while (out.size() < size) out += "word" + std::to_string(random.below(1000)) + " ";
    out.resize(size);
    return out;
  }

  ManualClock clock_;
  std::unique_ptr<Harness<BlobStore>> harness_;
  std::shared_ptr<BlobStore> store_;
};

}  // namespace gannet::store::contract
