#include "observe/caches.h"

#include <gmock/gmock.h>

#include "observe/metrics.h"

namespace gannet::observe {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(CachesTest, ShowsAndClearsByName) {
  int cleared = 0;
  const auto clear = [&] { ++cleared; };
  CacheEntry positive(
      "test.sql.positive", [] { return CacheStatus{.hits = 3, .entries = 2, .max_entries = 5}; }, clear);
  CacheEntry negative("test.sql.negative", [] { return CacheStatus{}; }, clear);
  CacheEntry other("test.sqlite", [] { return CacheStatus{.bytes = 7}; }, clear);
  EXPECT_THAT(caches(), Contains(Field(&NamedCache::name, "test.sql.positive")));
  EXPECT_THAT(clear_caches("test.sql"), ElementsAre("test.sql.negative", "test.sql.positive"));
  EXPECT_EQ(cleared, 2);
  EXPECT_THAT(clear_caches("test.sqlite"), ElementsAre("test.sqlite"));
  EXPECT_THAT(clear_caches("test.s"), IsEmpty());
  EXPECT_EQ(cleared, 3);
  EXPECT_THAT(render_prometheus(), HasSubstr("# TYPE gannet_cache_hits_total counter"));
  EXPECT_THAT(render_prometheus(), HasSubstr("gannet_cache_hits_total{cache=\"test.sql.positive\"} 3"));
}

TEST(CachesTest, TwoOfOneNameAreShownAsOneUntilBothAreGone) {
  const auto read = [] { return CacheStatus{.entries = 2, .max_entries = 5}; };
  const auto text = "gannet_cache_entries{cache=\"test.twice\"}";
  {
    CacheEntry a("test.twice", read, [] {});
    {
      CacheEntry b("test.twice", read, [] {});
      EXPECT_THAT(render_prometheus(), HasSubstr(std::string(text) + " 4"));
    }
    EXPECT_THAT(render_prometheus(), HasSubstr(std::string(text) + " 2"));
  }
  EXPECT_THAT(render_prometheus(), Not(HasSubstr(text)));
  EXPECT_THAT(caches(), Not(Contains(Field(&NamedCache::name, "test.twice"))));
}

}  // namespace
}  // namespace gannet::observe
