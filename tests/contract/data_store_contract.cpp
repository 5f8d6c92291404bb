#include "tests/contract/data_store_contract.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

#include "base/bytes.h"
#include "tests/contract/model.h"

namespace gannet::store::contract {

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(DataStoreContract);

static bool operator_equal(const KeyValue& a, const KeyValue& b) {
  return a.key == b.key && a.value == b.value;
}

using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(DataStoreContract, ReturnsWhatWasSet) {
  EXPECT_EQ(get("akey"), std::nullopt);
  set("akey", "value");
  EXPECT_EQ(get("akey"), "value");
  set("akey", "");
  EXPECT_EQ(get("akey"), "") << "an empty value is not an absent one";
  WriteBatch batch;
  batch.clear("akey");
  batch.clear("anever-there");
  commit(std::move(batch));
  EXPECT_EQ(get("akey"), std::nullopt);
}

TEST_P(DataStoreContract, KeysAndValuesAreAnyBytes) {
  std::string every;
  for (int byte = 0; byte < 256; ++byte) every.push_back(static_cast<char>(byte));
  set("a" + every, every);
  EXPECT_EQ(get("a" + every), every);
  EXPECT_THAT(keys(Range::prefix("a")), ElementsAre("a" + every));
}

TEST_P(DataStoreContract, KeysAreOrderedAsUnsignedBytes) {
  const std::vector<std::string> ordered{
      "a", std::string("a\0", 2), "a\x01", "aA", "aa", "aaa", "ab", "a\x7f", "a\x80", "a\xff", "a\xff\xff"};
  WriteBatch batch;
  for (auto it = ordered.rbegin(); it != ordered.rend(); ++it) batch.set(*it, "v");
  commit(std::move(batch));
  EXPECT_EQ(keys(Range::prefix("a")), ordered);
  auto reversed = Range::prefix("a");
  reversed.reverse = true;
  EXPECT_EQ(keys(reversed), std::vector<std::string>(ordered.rbegin(), ordered.rend()));
  EXPECT_THAT(keys({.begin = "aa", .end = "ab"}), ElementsAre("aa", "aaa"));
  EXPECT_THAT(keys({.begin = "aa", .end = "aa"}), IsEmpty());
}

TEST_P(DataStoreContract, SubspacesDoNotMix) {
  WriteBatch batch;
  batch.set("ax", "account");
  batch.set("bx", "blob");
  batch.set("cx", "change");
  commit(std::move(batch));
  EXPECT_THAT(keys(Range::prefix("b")), ElementsAre("bx"));
  WriteBatch clear;
  clear.clear_range("b", "c");
  commit(std::move(clear));
  EXPECT_EQ(get("ax"), "account");
  EXPECT_EQ(get("bx"), std::nullopt);
  EXPECT_EQ(get("cx"), "change");
}

TEST_P(DataStoreContract, ScansInPages) {
  WriteBatch batch;
  for (int i = 0; i < 100; ++i) batch.set("a" + std::to_string(1000 + i), std::string(100, 'v'));
  commit(std::move(batch));
  for (const bool reverse : {false, true}) {
    auto range = Range::prefix("a");
    range.reverse = reverse;
    range.max_items = 7;
    auto page = store_->scan(range);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->items.size(), 7u);
    EXPECT_TRUE(page->more);
    EXPECT_EQ(keys(range).size(), 100u);
    range.max_items = 100;
    EXPECT_FALSE(store_->scan(range)->more &&
                 store_->scan(next_range(range, *store_->scan(range)))->items.size());
    range.max_bytes = 350;
    EXPECT_EQ(store_->scan(range)->items.size(), 3u);
    range.max_bytes = 1;
    EXPECT_EQ(store_->scan(range)->items.size(), 1u) << "one item at least, or a reader would never get on";
  }
}

TEST_P(DataStoreContract, GetsManyInOrder) {
  set("a1", "one");
  set("n3", "three");
  const std::vector<std::string> wanted{"n3", "a2", "a1", "a1"};
  auto values = store_->get_many(wanted);
  ASSERT_TRUE(values);
  EXPECT_THAT(*values, ElementsAre("three", std::nullopt, "one", "one"));
  EXPECT_THAT(*store_->get_many({}), IsEmpty());
}

TEST_P(DataStoreContract, OperationsOfABatchApplyInTheirOrder) {
  set("a3", "old");
  WriteBatch batch;
  batch.set("a1", "first");
  batch.set("a1", "second");
  batch.set("a2", "gone");
  batch.clear("a2");
  batch.set("a4", "cleared by the range");
  batch.clear_range("a3", "a5");
  batch.set("a4", "set after the range");
  batch.add("a6", 5);
  batch.clear("a6");
  batch.add("a6", 2);
  commit(std::move(batch));
  EXPECT_EQ(get("a1"), "second");
  EXPECT_EQ(get("a2"), std::nullopt);
  EXPECT_EQ(get("a3"), std::nullopt);
  EXPECT_EQ(get("a4"), "set after the range");
  EXPECT_EQ(decode_counter(*get("a6")), 2);
}

TEST_P(DataStoreContract, PreconditionsHoldOrNothingHappens) {
  set("a1", "one");
  WriteBatch absent;
  absent.set("a2", "two");
  absent.require_absent("a1");
  EXPECT_EQ(refusal(std::move(absent)), StoreError::kConflict);
  EXPECT_EQ(get("a2"), std::nullopt);

  WriteBatch other;
  other.require_value("a1", "two");
  other.set("a2", "two");
  EXPECT_EQ(refusal(std::move(other)), StoreError::kConflict);
  WriteBatch missing;
  missing.require_value("a9", "");
  EXPECT_EQ(refusal(std::move(missing)), StoreError::kConflict) << "absent is not empty";

  WriteBatch right;
  right.require_value("a1", "one");
  right.require_absent("a2");
  right.set("a1", "changed");
  right.set("a2", "two");
  commit(std::move(right));
  EXPECT_EQ(get("a1"), "changed");
  EXPECT_EQ(get("a2"), "two");
}

TEST_P(DataStoreContract, PreconditionsLookBehindTheBatch) {
  WriteBatch batch;
  batch.set("a1", "new");
  batch.require_absent("a1");
  commit(std::move(batch));
  EXPECT_EQ(get("a1"), "new");
}

TEST_P(DataStoreContract, PreconditionOnACounter) {
  WriteBatch batch;
  batch.add("a1", 41);
  commit(std::move(batch));
  WriteBatch next;
  next.require_value("a1", encode_counter(41));
  next.add("a1", 1);
  commit(std::move(next));
  WriteBatch stale;
  stale.require_value("a1", encode_counter(41));
  stale.add("a1", 1);
  EXPECT_EQ(refusal(std::move(stale)), StoreError::kConflict);
  EXPECT_EQ(decode_counter(*get("a1")), 42);
}

TEST_P(DataStoreContract, CountersAddAndWrap) {
  for (const std::int64_t delta : {5L, -7L, 0L}) {
    WriteBatch batch;
    batch.add("a1", delta);
    commit(std::move(batch));
  }
  EXPECT_EQ(decode_counter(*get("a1")), -2);
  WriteBatch batch;
  batch.add("a2", INT64_MAX);
  batch.add("a2", 1);
  commit(std::move(batch));
  EXPECT_EQ(decode_counter(*get("a2")), INT64_MIN);
}

TEST_P(DataStoreContract, RefusesWhatIsWrong) {
  const auto limits = store_->limits();
  auto with = [](auto&& fill) {
    WriteBatch batch;
    batch.set("abystander", "x");
    fill(batch);
    return batch;
  };
  EXPECT_EQ(refusal(with([](auto& b) { b.set("", "x"); })), StoreError::kInvalid);
  EXPECT_EQ(refusal(with([](auto& b) { b.set("\xfenosuch", "x"); })), StoreError::kInvalid);
  EXPECT_EQ(refusal(with([](auto& b) { b.clear_range("ab", "aa"); })), StoreError::kInvalid);
  EXPECT_EQ(refusal(with([](auto& b) { b.clear_range("aa", "ba"); })), StoreError::kInvalid);
  EXPECT_EQ(refusal(with([&](auto& b) { b.set("a" + std::string(limits.max_key_bytes, 'k'), "x"); })),
            StoreError::kTooLarge);
  EXPECT_EQ(refusal(with([&](auto& b) { b.set("a1", std::string(limits.max_value_bytes + 1, 'v')); })),
            StoreError::kTooLarge);
  EXPECT_EQ(get("abystander"), std::nullopt);
  EXPECT_FALSE(store_->get("\xfenosuch"));
  EXPECT_FALSE(store_->get(""));
  EXPECT_FALSE(store_->scan({.begin = "ab", .end = "aa"}));
  EXPECT_TRUE(store_->commit({})) << "an empty batch does nothing";
}

TEST_P(DataStoreContract, HoldsLargeValuesAndBatches) {
  SeededRandom random(10);
  const std::string large = random.bytes(10 << 20);
  WriteBatch batch;
  batch.set("blarge", large);
  batch.set("alarge", large);
  commit(std::move(batch));
  EXPECT_EQ(get("blarge"), large);
  reopen();
  EXPECT_EQ(get("blarge"), large);
  EXPECT_EQ(get("alarge"), large);
}

TEST_P(DataStoreContract, ASnapshotStandsStill) {
  set("a1", "before");
  auto snapshot = store_->snapshot();
  ASSERT_TRUE(snapshot);
  WriteBatch batch;
  batch.set("a1", "after");
  batch.set("a2", "new");
  commit(std::move(batch));
  WriteBatch range;
  range.clear_range("a", "b");
  commit(std::move(range));
  EXPECT_EQ(*(*snapshot)->get("a1"), "before");
  EXPECT_EQ(*(*snapshot)->get("a2"), std::nullopt);
  EXPECT_THAT(*(*snapshot)->get_many(std::vector<std::string>{"a1", "a2"}),
              ElementsAre("before", std::nullopt));
  EXPECT_EQ((*snapshot)->scan(Range::prefix("a"))->items.size(), 1u);
  EXPECT_EQ(get("a1"), std::nullopt);
}

TEST_P(DataStoreContract, ClearsRangesOfManyKeys) {
  constexpr int kMany = 5000;
  WriteBatch batch;
  for (int i = 0; i < kMany; ++i) batch.set(KeyWriter('a').u32(static_cast<std::uint32_t>(i)).take(), "v");
  commit(std::move(batch));
  WriteBatch clear;
  clear.clear_range(KeyWriter('a').u32(10).take(), KeyWriter('a').u32(kMany - 10).take());
  clear.set(KeyWriter('a').u32(500).take(), "again");
  commit(std::move(clear));
  EXPECT_EQ(keys(Range::prefix("a")).size(), 21u);
  EXPECT_EQ(get(KeyWriter('a').u32(500).take()), "again");
  reopen();
  EXPECT_EQ(keys(Range::prefix("a")).size(), 21u);
}

TEST_P(DataStoreContract, ManyWritersLoseNoIncrement) {
  constexpr int kWriters = 16, kEach = 40;
  std::atomic<int> conflicts{0}, errors{0};
  std::vector<std::jthread> writers;
  writers.reserve(kWriters);
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      for (int done = 0; done < kEach;) {
        const auto seen = store_->get("aserial");
        WriteBatch batch;
        if (*seen)
          batch.require_value("aserial", **seen);
        else
          batch.require_absent("aserial");
        batch.set("aserial", std::to_string(*seen ? std::stoi(**seen) + 1 : 1));
        batch.add("acounter", 1);
        batch.set("alog" + std::to_string(*seen ? std::stoi(**seen) + 1 : 1), std::to_string(w));
        const auto committed = store_->commit(std::move(batch));
        if (committed)
          ++done;
        else if (committed.error().is(StoreError::kConflict))
          ++conflicts;
        else
          ++errors, ++done;
      }
    });
  }
  writers.clear();
  EXPECT_EQ(errors, 0);
  EXPECT_EQ(get("aserial"), std::to_string(kWriters * kEach));
  EXPECT_EQ(decode_counter(*get("acounter")), kWriters * kEach);
  EXPECT_EQ(keys(Range::prefix("alog")).size(), static_cast<std::size_t>(kWriters * kEach));
  EXPECT_GE(store_->statistics().conflicts, static_cast<std::uint64_t>(conflicts));
}

TEST_P(DataStoreContract, OnlyOneOfManyTakesAName) {
  constexpr int kRounds = 30, kWriters = 8;
  for (int round = 0; round < kRounds; ++round) {
    std::atomic<int> winners{0};
    std::vector<std::jthread> writers;
    writers.reserve(kWriters);
    for (int w = 0; w < kWriters; ++w)
      writers.emplace_back([&] {
        WriteBatch batch;
        batch.require_absent("dname" + std::to_string(round));
        batch.set("dname" + std::to_string(round), "taken");
        if (store_->commit(std::move(batch))) ++winners;
      });
    writers.clear();
    EXPECT_EQ(winners, 1);
  }
}

TEST_P(DataStoreContract, ReadersSeeABatchWholeOrNotAtAll) {
  std::atomic<bool> stop{false};
  std::jthread writer([&] {
    for (int i = 0; !stop; ++i) {
      WriteBatch batch;
      batch.set("a1", std::to_string(i));
      batch.set("n1", std::to_string(i));
      EXPECT_TRUE(store_->commit(std::move(batch)));
    }
  });
  for (int i = 0; i < 300; ++i) {
    auto snapshot = store_->snapshot();
    ASSERT_TRUE(snapshot);
    EXPECT_EQ(*(*snapshot)->get("a1"), *(*snapshot)->get("n1"));
  }
  stop = true;
}

// Every answer of a random run, compared with a model's.
TEST_P(DataStoreContract, BehavesAsTheModel) {
  SeededRandom random(4711);
  Model model;
  auto key = [&] {
    static constexpr char kSubs[] = {'a', 'm', 'q'};
    std::string out(1, kSubs[random.below(3)]);
    for (auto n = random.below(3); n > 0; --n)
      out.push_back(static_cast<char>("\x00\x01z\xff"[random.below(4)]));
    return out;
  };
  // A key is either a counter or a value, never both.
  auto counter = [&] { return key() + 'C'; };
  auto range = [&] {
    std::string begin = key(), end = key();
    end[0] = begin[0];
    if (end < begin) std::swap(begin, end);
    if (random.below(5) == 0) end = prefix_end(begin.substr(0, 1));
    return Range{.begin = begin,
                 .end = end,
                 .reverse = random.below(2) == 0,
                 .keys_only = random.below(3) == 0,
                 .max_items = 1 + random.below(6),
                 .max_bytes = 1 + random.below(60)};
  };
  auto batch_of = [&] {
    WriteBatch batch;
    for (auto n = random.below(6); n > 0; --n) {
      const std::string k = key();
      switch (random.below(8)) {
        case 0:
          batch.clear(random.below(4) == 0 ? counter() : k);
          break;
        case 1:
          batch.add(counter(), static_cast<std::int64_t>(random.below(100)) - 50);
          break;
        case 2: {
          const Range r = range();
          batch.clear_range(r.begin, r.end);
          break;
        }
        case 3:
          batch.require_absent(k);
          break;
        case 4:
          batch.require_value(k, model.get(k).value_or("no"));
          break;
        default:
          batch.set(k, random.bytes(random.below(20)));
      }
    }
    return batch;
  };
  for (int step = 0; step < 3000; ++step) {
    if (step % 1000 == 999) reopen();
    if (random.below(2) == 0) {
      const WriteBatch batch = batch_of();
      const bool expected = model.commit(batch);
      ASSERT_EQ(store_->commit(batch).has_value(), expected) << "step " << step;
    } else {
      const Range wanted = range();
      const auto expected = model.scan(wanted), found = *scan_all(*store_, wanted);
      ASSERT_EQ(found.size(), expected.size()) << "step " << step;
      for (std::size_t i = 0; i < found.size(); ++i)
        ASSERT_TRUE(operator_equal(found[i], expected[i])) << "step " << step << ", item " << i;
      const std::string k = key();
      ASSERT_EQ(get(k), model.get(k)) << "step " << step;
    }
  }
}

TEST_P(DataStoreContract, AllIsThereAfterReopening) {
  WriteBatch batch;
  for (const char subspace : {'a', 'm', 'n', 'c', 't', 'b', 'k', 'd', 'q', 'f', 'i', 's'})
    batch.set(std::string(1, subspace) + "key", std::string(1, subspace));
  batch.add("acounter", 7);
  commit(std::move(batch));
  for (int round = 0; round < 3; ++round) {
    reopen();
    for (const char subspace : {'a', 'm', 'n', 'c', 't', 'b', 'k', 'd', 'q', 'f', 'i', 's'})
      EXPECT_EQ(get(std::string(1, subspace) + "key"), std::string(1, subspace));
    EXPECT_EQ(decode_counter(*get("acounter")), 7);
  }
}

TEST_P(DataStoreContract, AMillionKeys) {
  constexpr std::uint32_t kKeys = 1'000'000, kBatch = 4'000;
  for (std::uint32_t next = 0; next < kKeys;) {
    WriteBatch batch;
    batch.set_durability(Durability::kRelaxed);
    for (const std::uint32_t end = next + kBatch; next < end; ++next)
      batch.set(KeyWriter('m').u32(next).take(), "value " + std::to_string(next));
    const auto committed = store_->commit(std::move(batch));
    ASSERT_TRUE(committed) << committed.error().describe();
  }
  for (const bool reverse : {false, true}) {
    Range range = Range::prefix("m");
    range.reverse = reverse, range.keys_only = reverse, range.max_items = 5000;
    std::uint32_t seen = 0;
    for (;;) {
      const auto page = store_->scan(range);
      ASSERT_TRUE(page) << page.error().describe();
      for (const auto& item : page->items) {
        const std::uint32_t n = reverse ? kKeys - 1 - seen : seen;
        ASSERT_EQ(item.key, KeyWriter('m').u32(n).view());
        if (!reverse) ASSERT_EQ(item.value, "value " + std::to_string(n));
        ++seen;
      }
      if (!page->more) break;
      range = next_range(std::move(range), *page);
    }
    EXPECT_EQ(seen, kKeys);
  }
}

}  // namespace gannet::store::contract
