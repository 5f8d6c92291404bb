#include "store/latencies.h"

#include <gtest/gtest.h>

namespace gannet::store {
namespace {

using std::chrono::microseconds;

TEST(Latencies, PercentilesAreRightToAnEighth) {
  Latencies latencies;
  const Latencies::Time start = Latencies::Time() + std::chrono::hours(1);
  for (int i = 1; i <= 1000; ++i) latencies.add(start, start + microseconds(10 * i));
  const auto found = latencies.percentiles(start);
  EXPECT_NEAR(found.p50, 5.0, 5.0 / 8);
  EXPECT_NEAR(found.p95, 9.5, 9.5 / 8);
  EXPECT_NEAR(found.p99, 9.9, 9.9 / 8);
  EXPECT_GE(found.p50, 5.0) << "never told as less than they are";
}

TEST(Latencies, TellsOfTheLastMinutesOnly) {
  Latencies latencies;
  Latencies::Time now = Latencies::Time() + std::chrono::hours(1);
  EXPECT_EQ(latencies.percentiles(now).p99, 0);
  latencies.add(now, now + std::chrono::seconds(2));
  EXPECT_GT(latencies.percentiles(now).p99, 1999);
  now += 2 * Latencies::kWindow;
  EXPECT_EQ(latencies.percentiles(now).p99, 0);
  latencies.add(now, now + microseconds(100));
  EXPECT_LT(latencies.percentiles(now).p99, 1);
}

TEST(Latencies, WhatIsBeyondTheScaleIsItsEnd) {
  Latencies latencies;
  const Latencies::Time now = Latencies::Time() + std::chrono::hours(1);
  latencies.add(now, now - microseconds(1));
  EXPECT_LT(latencies.percentiles(now).p50, 0.001);
  latencies.add(now, now + std::chrono::hours(100));
  EXPECT_GT(latencies.percentiles(now + std::chrono::hours(100)).p99, 1e6);
}

}  // namespace
}  // namespace gannet::store
