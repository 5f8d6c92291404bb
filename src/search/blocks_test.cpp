// Pieces and the walks through them; and that varints are RecordWriter's.
#include "search/blocks.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "base/bytes.h"
#include "base/random.h"
#include "search/term_table.h"
#include "search/varint.h"
#include "store/rocksdb/rocksdb_store.h"
#include "tests/contract/harness.h"

namespace gannet::search {
namespace {

class SectionTest : public testing::Test {
 protected:
  SectionTest() {
    PieceWriter writer;
    for (int i = 0; i < 20'000; ++i) {
      const auto key = fmt::format("{:06}", i * 10);
      entries_[key] = std::string(random_.below(200), static_cast<char>('a' + i % 26));
      writer.add(key, entries_[key]);
    }
    store::WriteBatch batch;
    for (auto& piece : writer.take(true)) {
      ++pieces_;
      batch.set(kPrefix + piece.key, std::move(piece.value));
    }
    batch.set("fb000000", "of another section");
    EXPECT_TRUE(data_->commit(std::move(batch)));
  }
  std::uint64_t reads() const { return data_->statistics().reads; }

  const std::string kPrefix = "fa";
  SeededRandom random_{5};
  ManualClock clock_;
  store::contract::TemporaryDirectory folder_;
  std::shared_ptr<store::DataStore> data_ = *store::open_rocksdb({.path = folder_.path() + "/db"}, clock_);
  std::map<std::string, std::string> entries_;
  std::size_t pieces_ = 0;
};

TEST_F(SectionTest, AWalkMeetsEveryEntryFromItsBeginningToItsEnd) {
  ASSERT_GT(pieces_, 50u);
  for (const std::string from : {"", "000000", "000001", "099990", "123456", "199990", "2"}) {
    for (const std::string until : {"", "000010", "100000", "150001", "3"}) {
      SectionCursor cursor(*data_, kPrefix, from, 3, until);
      auto wanted = entries_.lower_bound(from);
      const auto end = until.empty() ? entries_.end() : entries_.lower_bound(until);
      // A piece that begins before the end is read whole.
      while (wanted != entries_.end() && wanted->first < (end == entries_.end() ? "9" : end->first)) {
        ASSERT_TRUE(*cursor.next()) << from << " to " << until << " at " << wanted->first;
        ASSERT_EQ(cursor.key(), wanted->first);
        ASSERT_EQ(cursor.value(), wanted->second);
        ++wanted;
      }
      if (end == entries_.end()) EXPECT_FALSE(*cursor.next());
    }
  }
}

// Whatever is passed over, the last entry at or before the key is met before any behind it.
TEST_F(SectionTest, WhoGoesOnTowardsAKeyMeetsItsEntry) {
  for (const std::uint64_t most : {30u, 3000u, 60'000u}) {
    for (int round = 0; round < 20; ++round) {
      SectionCursor cursor(*data_, kPrefix, "000000", 2);
      std::string at;
      for (auto number = random_.below(most); number < 199'990; number += 10 + random_.below(most)) {
        const auto key = fmt::format("{:06}", number);
        const auto wanted = std::prev(entries_.upper_bound(key));
        while (at < wanted->first) {
          ASSERT_TRUE(*cursor.next_towards(key));
          ASSERT_GT(cursor.key(), at);
          at = cursor.key();
        }
        ASSERT_EQ(at, wanted->first) << "towards " << key;
        ASSERT_EQ(cursor.value(), wanted->second);
      }
    }
  }
}

TEST_F(SectionTest, WhatLiesFarApartIsLookedUpAndWhatIsNextToEachOtherIsReadInLargePages) {
  auto before = reads();
  SectionCursor far(*data_, kPrefix, "000000", 2);
  for (const std::string key : {"000000", "060000", "120000", "180000"}) {
    do ASSERT_TRUE(*far.next_towards(key));
    while (far.key() < key);
    EXPECT_EQ(far.key(), key);
  }
  EXPECT_LE(reads() - before, 7u);
  before = reads();
  SectionCursor dense(*data_, kPrefix, "000000", 2);
  for (const auto& [key, value] : entries_) ASSERT_TRUE(*dense.next_towards(key));
  EXPECT_LE(reads() - before, 8u + pieces_ / 32);
}

TEST(Varint, IsTheOneOfRecords) {
  SeededRandom random(3);
  for (int i = 0; i < 10'000; ++i) {
    const std::uint64_t value = random.below(UINT64_MAX) >> random.below(64);
    std::string out;
    append_varint(out, value);
    append_string(out, "text");
    EXPECT_EQ(out, RecordWriter().varint(value).string("text").view());
    std::string_view in = out, text;
    std::uint64_t again = 0;
    ASSERT_TRUE(read_varint(in, again) && read_string(in, text));
    EXPECT_EQ(again, value);
    EXPECT_EQ(text, "text");
    EXPECT_TRUE(in.empty());
    in = std::string_view(out).substr(0, out.size() - 6);
    EXPECT_FALSE(read_varint(in, again)) << "cut short";
  }
  std::string_view endless = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
  std::uint64_t value = 0;
  EXPECT_FALSE(read_varint(endless, value));
}

TEST(TermTable, NumbersEachTermOnceAndSortsThem) {
  SeededRandom random(9);
  TermTable table;
  std::map<std::string, std::uint32_t> model;
  for (int i = 0; i < 50'000; ++i) {
    std::string name(1, random.below(2) == 0 ? 'w' : 's');
    for (auto n = random.below(12); n > 0; --n) name += static_cast<char>("ab\xff\x01"[random.below(4)]);
    const auto [known, fresh] = model.try_emplace(name, static_cast<std::uint32_t>(model.size()));
    ASSERT_EQ(table.number_of(name[0], std::string_view(name).substr(1)), known->second);
  }
  ASSERT_EQ(table.size(), model.size());
  const auto order = table.ascending();
  ASSERT_EQ(order.size(), model.size());
  auto next = order.begin();
  for (const auto& [name, number] : model) {
    EXPECT_EQ(*next++, number);
    EXPECT_EQ(table.name(number), name);
  }
}

}  // namespace
}  // namespace gannet::search
