#include "store/migration/in_flight.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>

#include "store/errors.h"

namespace gannet::store::migration {
namespace {

TEST(InFlight, EachOnce) {
  for (const std::size_t most : {0, 1, 3, 64}) {
    std::mutex mutex;
    std::multiset<std::size_t> done;
    ASSERT_TRUE(each_in_flight(50, most, [&](std::size_t at) -> Result<void> {
      const std::scoped_lock lock(mutex);
      done.insert(at);
      return {};
    }));
    EXPECT_EQ(done.size(), 50u);
    for (std::size_t at = 0; at < 50; ++at) EXPECT_EQ(done.count(at), 1u);
  }
  EXPECT_TRUE(each_in_flight(
      0, 4, [](std::size_t) -> Result<void> { return fail(StoreError::kUnavailable, "never called"); }));
}

TEST(InFlight, AsManyAtOnceAsAllowedAndNoMore) {
  std::mutex mutex;
  std::condition_variable changed;
  int now = 0, highest = 0;
  ASSERT_TRUE(each_in_flight(40, 4, [&](std::size_t) -> Result<void> {
    std::unique_lock lock(mutex);
    highest = std::max(highest, ++now);
    changed.notify_all();
    // Nobody ends before four are here.
    changed.wait_for(lock, std::chrono::seconds(20), [&] { return highest == 4; });
    --now;
    return {};
  }));
  EXPECT_EQ(highest, 4);
}

TEST(InFlight, NothingIsBegunAfterAnError) {
  std::atomic<int> begun{0};
  const auto done = each_in_flight(1000, 3, [&](std::size_t at) -> Result<void> {
    ++begun;
    if (at == 5) return fail(StoreError::kCorrupt, "the sixth");
    if (at > 5) return fail(StoreError::kCorrupt, "a later one");
    return {};
  });
  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().is(StoreError::kCorrupt));
  EXPECT_LE(begun, 8);
}

}  // namespace
}  // namespace gannet::store::migration
