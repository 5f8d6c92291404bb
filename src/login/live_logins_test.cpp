#include "login/live_logins.h"

#include <gtest/gtest.h>

namespace gannet::login {
namespace {

TEST(LiveLogins, EndForOneAccountAndNotForLaterOnes) {
  LiveLogins logins;
  const auto first = logins.enter(1), second = logins.enter(1), other = logins.enter(2);
  logins.end(1);
  logins.end(3);
  EXPECT_TRUE(first->ended());
  EXPECT_TRUE(second->ended());
  EXPECT_FALSE(other->ended());
  EXPECT_FALSE(logins.enter(1)->ended());
}

TEST(LiveLogins, SurvivesManyThatCameAndWent) {
  LiveLogins logins;
  const auto stays = logins.enter(0);
  for (directory::AccountId account = 1; account < 5000; ++account) (void)logins.enter(account);
  logins.end(0);
  EXPECT_TRUE(stays->ended());
}

}  // namespace
}  // namespace gannet::login
