#include "base/shared_cache.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace gannet {
namespace {

using namespace std::chrono_literals;
using Cache = SharedCache<std::string, int, StringHash>;

TEST(SharedCacheTest, KeepsWhatWasPut) {
  ManualClock clock;
  Cache cache({.max_weight = 100}, clock);
  EXPECT_EQ(cache.get("a"), std::nullopt);
  cache.put("a", 1);
  cache.put("a", 2);
  EXPECT_EQ(cache.get(std::string_view("a")), 2);
  EXPECT_TRUE(cache.erase("a"));
  EXPECT_FALSE(cache.erase("a"));
  EXPECT_EQ(cache.get("a"), std::nullopt);
}

TEST(SharedCacheTest, ForgetsByAge) {
  ManualClock clock;
  Cache cache({.max_weight = 100, .ttl = 1s}, clock);
  cache.put("a", 1);
  cache.put("b", 2, 1, 5s);
  cache.put("c", 3, 1, 0s);
  clock.advance(1s);
  EXPECT_EQ(cache.get("a"), std::nullopt);
  EXPECT_EQ(cache.get("b"), 2);
  clock.advance(1h);
  EXPECT_EQ(cache.get("b"), std::nullopt);
  EXPECT_EQ(cache.get("c"), 3);
}

TEST(SharedCacheTest, NeverHeavierThanItMay) {
  ManualClock clock;
  SharedCache<int, int> cache({.max_weight = 1000, .shards = 4}, clock);
  for (int i = 0; i < 5000; ++i) cache.put(i, i, 1 + static_cast<std::size_t>(i % 7));
  const auto statistics = cache.statistics();
  EXPECT_LE(statistics.weight, 1000u);
  EXPECT_GT(statistics.weight, 900u);
  EXPECT_EQ(statistics.evictions, 5000u - statistics.entries);
  cache.put(1, 1, 251);
  EXPECT_EQ(cache.get(1), std::nullopt) << "heavier than a shard";
}

TEST(SharedCacheTest, HasTheShardsThatItIsTold) {
  ManualClock clock;
  using Numbers = SharedCache<int, int>;
  EXPECT_EQ(Numbers({.max_weight = 1000, .shards = 5, .capacity = 100}, clock).shards(), 8u);
  EXPECT_EQ(Numbers({.max_weight = 3, .shards = 64}, clock).shards(), 2u) << "none without room";
  EXPECT_EQ(Numbers({.max_weight = 1000, .shards = 1}, clock).max_weight(), 1000u);
}

TEST(SharedCacheTest, WhatWasUsedLastStays) {
  ManualClock clock;
  SharedCache<int, int> cache({.max_weight = 3, .shards = 1}, clock);
  for (int i = 1; i <= 3; ++i) cache.put(i, i);
  EXPECT_EQ(cache.get(1), 1);
  cache.put(4, 4);
  EXPECT_EQ(cache.get(2), std::nullopt);
  EXPECT_EQ(cache.get(1), 1);
}

TEST(SharedCacheTest, Counts) {
  ManualClock clock;
  Cache cache({.max_weight = 2, .ttl = 1s, .shards = 1}, clock);
  cache.put("a", 1), cache.put("b", 1), cache.put("c", 1);
  (void)cache.get("c"), (void)cache.get("a");
  clock.advance(2s);
  (void)cache.get("c");
  const auto statistics = cache.statistics();
  EXPECT_EQ(statistics.hits, 1u);
  EXPECT_EQ(statistics.misses, 2u);
  EXPECT_EQ(statistics.evictions, 2u) << "one for room, one for its age";
  EXPECT_EQ(statistics.entries, 1u);
}

TEST(SharedCacheTest, ManyThreads) {
  SystemClock clock;
  SharedCache<int, std::shared_ptr<int>> cache({.max_weight = 64}, clock);
  std::vector<std::jthread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 20'000; ++i) {
        if (const auto value = cache.get(i % 200)) EXPECT_EQ(**value, i % 200);
        cache.put(i % 200, std::make_shared<int>(i % 200));
      }
    });
  threads.clear();
  EXPECT_LE(cache.statistics().weight, 64u);
}

}  // namespace
}  // namespace gannet
