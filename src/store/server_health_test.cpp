#include "store/server_health.h"

#include <gtest/gtest.h>

#include <chrono>

namespace gannet::store {
namespace {

using namespace std::chrono_literals;

bool soon(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

const Error kGone(StoreError::kUnavailable, "it cannot be reached", Retry::kCanHelp);

TEST(ServerHealth, IsFoundAgainByItself) {
  std::atomic<bool> up{false};
  std::atomic<int> probes{0};
  ServerHealth health("test", 1ms, [&]() -> Result<void> {
    ++probes;
    return up ? Result<void>() : std::unexpected(kGone);
  });
  EXPECT_TRUE(health.writable());
  health.failed(kGone);
  EXPECT_FALSE(health.writable());
  ASSERT_TRUE(soon([&] { return probes > 3; }));
  EXPECT_FALSE(health.writable());
  up = true;
  EXPECT_TRUE(soon([&] { return health.writable(); }));
}

TEST(ServerHealth, ALostConnectionStopsNothingUnlessTheServerIsGone) {
  std::atomic<bool> up{true};
  std::atomic<int> probes{0};
  ServerHealth health("test", 1h, [&]() -> Result<void> {
    ++probes;
    return up ? Result<void>() : std::unexpected(kGone);
  });
  health.suspect();
  ASSERT_TRUE(soon([&] { return probes == 1; })) << "at once, not after the interval";
  EXPECT_TRUE(health.writable());
  up = false;
  health.suspect();
  EXPECT_TRUE(soon([&] { return !health.writable(); }));
  health.succeeded();
  EXPECT_TRUE(health.writable());
}

TEST(ServerHealth, KeepsHouse) {
  std::atomic<int> rounds{0};
  ServerHealth health("test", 1ms, [] { return Result<void>(); }, [&] { ++rounds; });
  EXPECT_TRUE(soon([&] { return rounds > 3; }));
}

}  // namespace
}  // namespace gannet::store
