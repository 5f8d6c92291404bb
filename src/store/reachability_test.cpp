#include "store/reachability.h"

#include <gtest/gtest.h>

namespace gannet::store {
namespace {

using std::chrono_literals::operator""ms;

TEST(Reachability, AsksUntilTheServerAnswersAgain) {
  std::atomic<int> asked{0};
  Reachability reachability("main", 1ms, [&]() -> Result<void> {
    if (++asked < 3) return fail(StoreError::kUnavailable, "no answer");
    return {};
  });
  EXPECT_TRUE(reachability.reachable());
  reachability.failed(Error(StoreError::kUnavailable, "connection refused"));
  EXPECT_FALSE(reachability.reachable());
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!reachability.reachable() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_TRUE(reachability.reachable());
  EXPECT_EQ(asked, 3);
}

TEST(Reachability, AnOperationThatSucceedsSaysSoAtOnce) {
  Reachability reachability("main", std::chrono::hours(1), [] { return Result<void>(); });
  reachability.failed(Error(StoreError::kUnavailable, "connection refused"));
  reachability.succeeded();
  EXPECT_TRUE(reachability.reachable());
}

}  // namespace
}  // namespace gannet::store
