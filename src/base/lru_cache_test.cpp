#include "base/lru_cache.h"

#include <gtest/gtest.h>

#include <string>

namespace gannet {
namespace {

using Cache = LruCache<std::string, int, StringHash>;

TEST(LruCache, ForgetsWhatWasUsedLongestAgo) {
  Cache cache(2);
  cache.put("a", 1);
  cache.put("b", 2);
  ASSERT_NE(cache.get(std::string_view("a")), nullptr);
  cache.put("c", 3);
  EXPECT_EQ(cache.get("b"), nullptr);
  EXPECT_EQ(*cache.get("a"), 1);
  EXPECT_EQ(*cache.get("c"), 3);
}

TEST(LruCache, IsBoundedByWeight) {
  Cache cache(10);
  cache.put("a", 1, 4);
  cache.put("b", 2, 4);
  cache.put("c", 3, 8);
  EXPECT_EQ(cache.size(), 1u);
  EXPECT_EQ(cache.weight(), 8u);
  cache.put("d", 4, 11);
  EXPECT_EQ(cache.get("d"), nullptr);
  EXPECT_NE(cache.get("c"), nullptr);
}

TEST(LruCache, ReplacesAndErases) {
  Cache cache(10);
  cache.put("a", 1, 4);
  cache.put("a", 2, 2);
  EXPECT_EQ(*cache.get("a"), 2);
  EXPECT_EQ(cache.weight(), 2u);
  EXPECT_TRUE(cache.erase("a"));
  EXPECT_FALSE(cache.erase("a"));
  EXPECT_EQ(cache.weight(), 0u);
}

}  // namespace
}  // namespace gannet
