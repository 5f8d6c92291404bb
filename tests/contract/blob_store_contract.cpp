#include "tests/contract/blob_store_contract.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

namespace gannet::store::contract {

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(BlobStoreContract);

TEST_P(BlobStoreContract, ReturnsWhatWasPut) {
  SeededRandom random(3);
  for (const std::size_t size :
       {0u, 1u, 100u, 4096u, 262'143u, 262'144u, 262'145u, 1'000'000u, 10'000'000u}) {
    const std::string compressible = text(size), dense = random.bytes(size);
    const BlobId first = put(compressible), second = put(dense);
    EXPECT_EQ(get(first), compressible) << size;
    EXPECT_EQ(get(second), dense) << size;
    EXPECT_TRUE(*store_->exists(first));
  }
}

TEST_P(BlobStoreContract, ReadsByteRanges) {
  const std::string content = text(1'200'000);
  const BlobId id = put(content);
  SeededRandom random(4);
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t offset = random.below(content.size() + 10), length = random.below(600'000);
    const std::string expected = offset < content.size() ? content.substr(offset, length) : "";
    ASSERT_EQ(get(id, offset, length), expected) << offset << " + " << length;
  }
  EXPECT_EQ(get(id, content.size() - 1, 100), content.substr(content.size() - 1));
  EXPECT_EQ(get(id, UINT64_MAX, UINT64_MAX), "");
  EXPECT_EQ(get(id, 5, 0), "");
}

TEST_P(BlobStoreContract, ReadsManyAtOnce) {
  std::vector<std::string> contents;
  std::vector<BlobRange> ranges;
  for (int i = 0; i < 100; ++i) {
    contents.push_back(std::to_string(i) + text(i % 10 == 0 ? 400'000 : static_cast<std::size_t>(i) * 50));
    ranges.push_back({.id = put(contents.back())});
  }
  auto read = store_->get_many(ranges);
  ASSERT_TRUE(read) << read.error().describe();
  EXPECT_EQ(*read, contents);

  const std::vector<BlobRange> parts{
      {ranges[7].id, 0, 1}, {ranges[10].id, 300'000, 10}, {ranges[7].id, 999, 5}};
  read = store_->get_many(parts);
  ASSERT_TRUE(read) << read.error().describe();
  EXPECT_THAT(*read, ::testing::ElementsAre("7", contents[10].substr(300'000, 10), ""));

  ranges.push_back({.id = BlobId::of("never put")});
  read = store_->get_many(ranges);
  ASSERT_FALSE(read);
  EXPECT_TRUE(read.error().is(StoreError::kNotFound));
  EXPECT_TRUE(store_->get_many({})->empty());
}

TEST_P(BlobStoreContract, WhatIsNotThere) {
  const BlobId id = BlobId::of("never put");
  EXPECT_FALSE(*store_->exists(id));
  const auto content = store_->get(id);
  ASSERT_FALSE(content);
  EXPECT_TRUE(content.error().is(StoreError::kNotFound));
  EXPECT_TRUE(store_->remove(id)) << "removing what is not there is no error";
}

TEST_P(BlobStoreContract, PutAgainAndRemove) {
  const std::string content = text(700'000);
  const BlobId id = put(content);
  put(content);
  EXPECT_EQ(get(id), content);
  ASSERT_TRUE(store_->remove(id));
  EXPECT_FALSE(*store_->exists(id));
  EXPECT_FALSE(store_->get(id));
  put(content);
  EXPECT_EQ(get(id), content);
}

TEST_P(BlobStoreContract, IsThereAfterReopening) {
  const std::string content = text(500'000);
  const BlobId id = put(content);
  reopen();
  EXPECT_EQ(get(id), content);
}

TEST_P(BlobStoreContract, ListsInOrder) {
  std::vector<BlobId> expected;
  expected.reserve(50);
  for (int i = 0; i < 50; ++i) expected.push_back(put(text(100 + static_cast<std::size_t>(i))));
  std::ranges::sort(expected);
  std::vector<BlobId> found;
  for (std::optional<BlobId> after;;) {
    auto page = store_->list(after, 7);
    ASSERT_TRUE(page);
    if (page->empty()) break;
    EXPECT_LE(page->size(), 7u);
    found.insert(found.end(), page->begin(), page->end());
    after = found.back();
  }
  EXPECT_EQ(found, expected);
}

// Every answer of a random run is that of a map.
TEST_P(BlobStoreContract, BehavesAsTheModel) {
  SeededRandom random(11);
  std::map<BlobId, std::string> model;
  std::vector<std::string> contents;
  for (std::size_t i = 0; i < 25; ++i)
    contents.push_back(random.below(2) == 0 ? random.bytes(random.below(i % 8 == 0 ? 600'000 : 5'000))
                                            : text(random.below(i % 8 == 0 ? 600'000 : 5'000), i));
  for (int step = 0; step < 250; ++step) {
    SCOPED_TRACE(step);
    const std::string& content = contents[random.below(contents.size())];
    const BlobId id = BlobId::of(content);
    const auto known = model.find(id);
    switch (random.below(step % 50 == 49 ? 7 : 6)) {
      case 0:
      case 1:
        put(content);
        model[id] = content;
        break;
      case 2:
        ASSERT_TRUE(store_->remove(id));
        model.erase(id);
        break;
      case 3: {
        const std::uint64_t offset = random.below(content.size() + 5),
                            length = random.below(content.size() + 5);
        const auto found = store_->get(id, offset, length);
        ASSERT_EQ(found.has_value(), known != model.end());
        if (!found) ASSERT_TRUE(found.error().is(StoreError::kNotFound));
        if (found) ASSERT_EQ(*found, offset < content.size() ? content.substr(offset, length) : "");
        break;
      }
      case 4:
        ASSERT_EQ(*store_->exists(id), known != model.end());
        break;
      case 5: {
        const std::size_t limit = 1 + random.below(10);
        const auto page = store_->list(id, limit);
        ASSERT_TRUE(page) << page.error().describe();
        std::vector<BlobId> expected;
        for (auto it = model.upper_bound(id); it != model.end() && expected.size() < limit; ++it)
          expected.push_back(it->first);
        ASSERT_EQ(*page, expected);
        break;
      }
      default:
        ASSERT_NO_FATAL_FAILURE(reopen());
    }
  }
  for (const auto& [id, content] : model) EXPECT_EQ(get(id), content);
}

TEST_P(BlobStoreContract, ManyThreadsPutTheSame) {
  const std::string content = text(600'000);
  std::vector<std::jthread> writers;
  writers.reserve(8);
  for (int w = 0; w < 8; ++w)
    writers.emplace_back([&] { EXPECT_TRUE(store_->put(BlobId::of(content), content)); });
  writers.clear();
  EXPECT_EQ(get(BlobId::of(content)), content);
}

}  // namespace gannet::store::contract
