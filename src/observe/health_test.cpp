#include "observe/health.h"

#include <gmock/gmock.h>

namespace gannet::observe {
namespace {

TEST(Health, ReadyWhenAllComponentsAre) {
  Health health;
  HealthComponent store(health, "store");
  HealthComponent smtp(health, "smtp");
  EXPECT_FALSE(health.ready().ok);
  EXPECT_TRUE(health.live().ok);
  store.set_ready();
  EXPECT_FALSE(health.ready().ok);
  smtp.set_ready();
  EXPECT_TRUE(health.ready().ok);
}

TEST(Health, TheReportNamesWhoIsNotReady) {
  Health health;
  HealthComponent store(health, "store");
  store.set_unready("write stall on \"mail\"");
  EXPECT_EQ(
      health.ready().json(),
      R"({"status":"failed","components":{"store":{"status":"unready","reason":"write stall on \"mail\""}}})");
  EXPECT_TRUE(health.live().ok);
}

TEST(Health, ADeadComponentEndsLiveness) {
  Health health;
  HealthComponent store(health, "store");
  store.set_dead("corrupt");
  EXPECT_FALSE(health.live().ok);
  EXPECT_FALSE(health.ready().ok);
}

TEST(Health, AComponentThatWentIsForgotten) {
  Health health;
  {
    HealthComponent store(health, "store");
  }
  HealthComponent moved;
  {
    HealthComponent imap(health, "imap");
    moved = std::move(imap);
  }
  EXPECT_EQ(health.ready().components.size(), 1u);
  moved = HealthComponent();
  EXPECT_TRUE(health.ready().components.empty());
}

}  // namespace
}  // namespace gannet::observe
