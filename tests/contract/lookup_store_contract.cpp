#include "tests/contract/lookup_store_contract.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

namespace gannet::store::contract {

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(LookupStoreContract);

TEST_P(LookupStoreContract, ValuesComeAndGo) {
  EXPECT_EQ(get("key"), std::nullopt);
  set("key", "one");
  set("key", "two");
  EXPECT_EQ(get("key"), "two");
  EXPECT_EQ(get("ke"), std::nullopt);
  set(std::string("\0\xff", 2), "");
  EXPECT_EQ(get(std::string("\0\xff", 2)), "");
  EXPECT_TRUE(store_->remove("key"));
  EXPECT_TRUE(store_->remove("key"));
  EXPECT_EQ(get("key"), std::nullopt);
}

TEST_P(LookupStoreContract, AllOfItCanBeListedAndPutBack) {
  std::map<std::string, std::string> expected;
  for (int i = 0; i < 300; ++i) {
    const std::string key = "key*[" + std::to_string(i) + "]";
    set(key, "value " + std::to_string(i), i % 2 == 0 ? 0ms : 600'000ms);
    expected["v" + key] = "value " + std::to_string(i);
  }
  increment("count", 1LL << 60, 600'000ms);
  expected["ncount"] = std::to_string(1LL << 60);
  EXPECT_TRUE(*store_->lock("lock", "holder", 600'000ms));
  expected["klock"] = "holder";
  clock_.advance(100'000ms);
  std::vector<LookupEntry> all;
  for (std::string at;;) {
    auto page = store_->entries(at, 50);
    ASSERT_TRUE(page) << page.error().describe();
    std::ranges::move(page->entries, std::back_inserter(all));
    if (page->next.empty()) break;
    at = page->next;
  }
  std::map<std::string, std::string> found;
  for (const auto& entry : all) {
    found[static_cast<char>(entry.kind) + entry.key] =
        entry.kind == LookupKind::kCounter ? std::to_string(entry.number) : entry.value;
    const bool ever = entry.kind == LookupKind::kValue && entry.value.back() % 2 == 0;
    EXPECT_LE(entry.left, ever ? 0ms : 500'000ms) << entry.key;
    EXPECT_GE(entry.left, ever ? 0ms : 499'000ms) << entry.key;
  }
  EXPECT_EQ(found, expected);
  for (const auto& entry : all) EXPECT_TRUE(store_->erase(entry.kind, entry.key));
  EXPECT_EQ(get("key*[1]"), std::nullopt);
  EXPECT_EQ(*store_->entry(LookupKind::kLock, "lock"), std::nullopt);
  for (const auto& entry : all) EXPECT_TRUE(store_->restore(entry));
  EXPECT_EQ(get("key*[1]"), "value 1");
  EXPECT_EQ(increment("count", 1), (1LL << 60) + 1);
  EXPECT_FALSE(*store_->lock("lock", "other", 1000ms));
  clock_.advance(500'000ms);
  EXPECT_EQ(get("key*[1]"), std::nullopt) << "the time to live came along";
  EXPECT_EQ(get("key*[2]"), "value 2");
  EXPECT_EQ(*store_->counter("count"), 0);
  EXPECT_TRUE(*store_->lock("lock", "other", 1000ms));
}

TEST_P(LookupStoreContract, ValuesExpire) {
  set("short", "v", 1000ms);
  set("long", "v", 5000ms);
  set("ever", "v");
  clock_.advance(999ms);
  EXPECT_EQ(get("short"), "v");
  clock_.advance(1ms);
  EXPECT_EQ(get("short"), std::nullopt);
  EXPECT_EQ(get("long"), "v");
  set("long", "again", 5000ms);
  clock_.advance(4999ms);
  EXPECT_EQ(get("long"), "again") << "setting starts the time anew";
  clock_.advance(24h * 365 * 10);
  EXPECT_EQ(get("long"), std::nullopt);
  EXPECT_EQ(get("ever"), "v");
}

TEST_P(LookupStoreContract, CountersKeepAFixedWindow) {
  EXPECT_EQ(*store_->counter("c"), 0);
  EXPECT_EQ(increment("c", 1, 1000ms), 1);
  clock_.advance(600ms);
  EXPECT_EQ(increment("c", 5, 1000ms), 6);
  EXPECT_EQ(*store_->counter("c"), 6);
  clock_.advance(400ms);
  EXPECT_EQ(*store_->counter("c"), 0) << "the window began with the first increment";
  EXPECT_EQ(increment("c", -2, 1000ms), -2);
}

TEST_P(LookupStoreContract, ValuesCountersAndLocksDoNotMix) {
  set("x", "value");
  EXPECT_EQ(increment("x", 3), 3);
  EXPECT_TRUE(*store_->lock("x", "holder", 1000ms));
  EXPECT_EQ(get("x"), "value");
  EXPECT_EQ(*store_->counter("x"), 3);
  EXPECT_TRUE(store_->remove("x"));
  EXPECT_EQ(get("x"), std::nullopt);
  EXPECT_EQ(*store_->counter("x"), 0);
  EXPECT_FALSE(*store_->lock("x", "another", 1000ms));
}

TEST_P(LookupStoreContract, LocksHaveOneHolderAndALease) {
  EXPECT_TRUE(*store_->lock("l", "one", 1000ms));
  EXPECT_FALSE(*store_->lock("l", "two", 1000ms));
  clock_.advance(900ms);
  EXPECT_TRUE(*store_->lock("l", "one", 1000ms)) << "the holder renews";
  clock_.advance(900ms);
  EXPECT_FALSE(*store_->lock("l", "two", 1000ms));
  EXPECT_TRUE(store_->unlock("l", "two"));
  EXPECT_FALSE(*store_->lock("l", "two", 1000ms)) << "only the holder unlocks";
  clock_.advance(100ms);
  EXPECT_TRUE(*store_->lock("l", "two", 1000ms)) << "a lease runs out";
  EXPECT_TRUE(store_->unlock("l", "two"));
  EXPECT_TRUE(*store_->lock("l", "one", 1000ms));
}

TEST_P(LookupStoreContract, RefusesWhatIsWrong) {
  EXPECT_TRUE(store_->get("").error().is(StoreError::kInvalid));
  EXPECT_TRUE(store_->set(std::string(901, 'k'), "v", 0ms).error().is(StoreError::kInvalid));
  EXPECT_TRUE(store_->set("k", std::string((1 << 20) + 1, 'v'), 0ms).error().is(StoreError::kTooLarge));
  set(std::string(900, 'k'), std::string(1 << 20, 'v'));
  EXPECT_EQ(get(std::string(900, 'k')), std::string(1 << 20, 'v'));
}

TEST_P(LookupStoreContract, PurgesWhatHasExpired) {
  for (int i = 0; i < 50; ++i) {
    set("short" + std::to_string(i), "v", 1000ms);
    set("long" + std::to_string(i), "v", 9000ms);
    increment("count" + std::to_string(i), 1, 1000ms);
  }
  EXPECT_EQ(*store_->purge_expired(1000), 0u);
  clock_.advance(1000ms);
  const bool by_itself = harness_->forgets_by_itself();
  EXPECT_EQ(*store_->purge_expired(30), by_itself ? 0u : 30u);
  EXPECT_EQ(*store_->purge_expired(1000), by_itself ? 0u : 70u);
  EXPECT_EQ(*store_->purge_expired(1000), 0u);
  EXPECT_EQ(get("long49"), "v");
}

TEST_P(LookupStoreContract, ManyThreadsLoseNoIncrement) {
  constexpr int kThreads = 8, kEach = 200;
  std::vector<std::jthread> threads;
  threads.reserve(kThreads);
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) EXPECT_TRUE(store_->increment("shared", 1, 0ms));
    });
  threads.clear();
  EXPECT_EQ(*store_->counter("shared"), kThreads * kEach);
}

TEST_P(LookupStoreContract, ALockKeepsOthersOut) {
  std::atomic<int> inside{0}, entered{0};
  std::vector<std::jthread> threads;
  threads.reserve(8);
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      const std::string holder = "thread" + std::to_string(t);
      for (int turns = 0; turns < 20;) {
        if (!*store_->lock("gate", holder, 1h)) continue;
        EXPECT_EQ(++inside, 1);
        ++entered, ++turns;
        --inside;
        EXPECT_TRUE(store_->unlock("gate", holder));
      }
    });
  threads.clear();
  EXPECT_EQ(entered, 160);
}

TEST_P(LookupStoreContract, BehavesAsTheModel) {
  struct Entry {
    std::string value;
    std::int64_t number = 0, expires = 0;
  };
  std::map<std::string, Entry> values, counters;
  SeededRandom random(5);
  auto live = [&](auto& map, const std::string& key) -> Entry* {
    const auto it = map.find(key);
    if (it == map.end()) return nullptr;
    if (it->second.expires == 0 || it->second.expires > to_unix_ms(clock_.now())) return &it->second;
    map.erase(it);
    return nullptr;
  };
  for (int step = 0; step < 5000; ++step) {
    const std::string key(1, static_cast<char>('a' + random.below(6)));
    const auto ttl = Duration(random.below(3) * 50);
    const std::int64_t expires = ttl.count() ? to_unix_ms(clock_.now()) + ttl.count() : 0;
    switch (random.below(7)) {
      case 0:
        clock_.advance(Duration(random.below(40)));
        break;
      case 1: {
        const std::string value = random.token(5);
        set(key, value, ttl);
        values[key] = {value, 0, expires};
        break;
      }
      case 2:
        EXPECT_TRUE(store_->remove(key));
        values.erase(key), counters.erase(key);
        break;
      case 3: {
        Entry* entry = live(counters, key);
        const std::int64_t expected = entry ? entry->number += 2 : (counters[key] = {"", 2, expires}).number;
        ASSERT_EQ(increment(key, 2, ttl), expected) << "step " << step;
        break;
      }
      case 4:
        EXPECT_TRUE(store_->purge_expired(random.below(10)));
        break;
      default: {
        const Entry *value = live(values, key), *counter = live(counters, key);
        ASSERT_EQ(get(key), value ? std::optional(value->value) : std::nullopt) << "step " << step;
        ASSERT_EQ(*store_->counter(key), counter ? counter->number : 0) << "step " << step;
      }
    }
  }
}

}  // namespace gannet::store::contract
