#include "directory/sparing.h"

#include <gtest/gtest.h>

namespace gannet::directory {
namespace {

using namespace std::chrono_literals;

TEST(Sparing, TellsOnceAMinuteAndHowManyItKept) {
  Sparing sparing;
  SteadyTime now{};
  EXPECT_EQ(sparing.tell("a", now), 0U);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(sparing.tell("a", now += 10s), std::nullopt);
  EXPECT_EQ(sparing.tell("b", now), 0U) << "another kind";
  EXPECT_EQ(sparing.tell("a", now += 10s), 5U);
  EXPECT_EQ(sparing.tell("a", now += 59s), std::nullopt);
  EXPECT_EQ(sparing.tell("a", now += 1s), 1U);
}

TEST(Sparing, RemembersSoManyKindsAndNoMore) {
  Sparing sparing;
  SteadyTime now{};
  for (std::size_t i = 0; i <= Sparing::kMostKinds; ++i)
    EXPECT_EQ(sparing.tell("kind " + std::to_string(i), now += 1ms), 0U);
  EXPECT_EQ(sparing.tell("kind 500", now), std::nullopt);
  EXPECT_EQ(sparing.tell("kind 0", now), 0U) << "the oldest was forgotten";
}

}  // namespace
}  // namespace gannet::directory
