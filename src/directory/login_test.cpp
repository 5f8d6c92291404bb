#include "directory/login.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <mutex>

#include "directory/errors.h"
#include "observe/log.h"
#include "observe/metrics.h"

namespace gannet::directory {
namespace {

// Holds whoever asks it for random bytes until it is opened.
class GatedRandom final : public Random {
 public:
  void fill(void* out, std::size_t size) override {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
    --waiting_;
    random_.fill(out, size);
  }
  void set_open(bool open) {
    std::lock_guard lock(mutex_);
    open_ = open;
    changed_.notify_all();
  }
  bool wait_for_somebody() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), [&] { return waiting_ > 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
  int waiting_ = 0;
  SeededRandom random_{3};
};

LoginOptions quick() {
  LoginOptions options;
  options.cost = {.memory_kib = 64, .iterations = 1, .lanes = 1};
  return options;
}

double checks(const char* how) {
  return observe::counter("gannet_auth_password_checks_total",
                          "Password checks, by whether they were computed", {{"how", how}})
      .value();
}

class LoginsTest : public testing::Test {
 protected:
  std::vector<std::string> hashed(const std::string& password) { return {*logins_.hash(password)}; }
  bool verify(const std::string& password, const std::vector<std::string>& secrets) {
    const auto out = logins_.verify("d", "alice", password, secrets);
    EXPECT_TRUE(out) << out.error().describe();
    return out && *out;
  }

  ManualClock clock_;
  GatedRandom random_;
  Logins logins_{quick(), clock_, random_};
};

TEST_F(LoginsTest, ARightPasswordIsComputedOnceInAWhile) {
  const auto secrets = hashed("pass");
  const double computed = checks("computed"), remembered = checks("remembered");
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(verify("pass", secrets));
  EXPECT_EQ(checks("computed") - computed, 1);
  EXPECT_EQ(checks("remembered") - remembered, 4);
  clock_.advance(Duration(60'001));
  EXPECT_TRUE(verify("pass", secrets));
  EXPECT_EQ(checks("computed") - computed, 2);
}

TEST_F(LoginsTest, AWrongPasswordIsNeverRemembered) {
  const auto secrets = hashed("pass");
  EXPECT_TRUE(verify("pass", secrets));
  const double computed = checks("computed");
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(verify("guess", secrets));
  EXPECT_EQ(checks("computed") - computed, 3);
}

TEST_F(LoginsTest, WhatIsRememberedIsForOneLoginAndOneHash) {
  const auto old_secrets = hashed("pass"), new_secrets = hashed("new");
  EXPECT_TRUE(verify("pass", old_secrets));
  EXPECT_FALSE(verify("pass", new_secrets)) << "the password has changed";
  const double computed = checks("computed");
  EXPECT_TRUE(*logins_.verify("d", "bob", "pass", old_secrets));
  EXPECT_TRUE(*logins_.verify("other", "alice", "pass", old_secrets));
  EXPECT_EQ(checks("computed") - computed, 2);
}

TEST_F(LoginsTest, NobodyCostsAsMuchAsAWrongPassword) {
  const auto secrets = hashed("pass");
  const double before = checks("computed");
  EXPECT_FALSE(verify("guess", secrets));
  const double wrong = checks("computed");
  EXPECT_FALSE(verify("guess", {}));
  EXPECT_EQ(checks("computed") - wrong, wrong - before);
}

// One refused login of each kind: they compute the same, so they take as long.
TEST_F(LoginsTest, WhoIsRefusedCostsTheSameWhateverIsStored) {
  const auto argon = hashed("pass");
  Random& random = random_;
  const std::string cheap_argon =
      *hash_password("pass", {.memory_kib = 8, .iterations = 1, .lanes = 1}, random);
  const std::string crypt =
      "$6$saltstring$l3AtofUs6wpxMk/90jYkHHLNtmSbO8V992YnLp6Q7f.ocfqJTX0/7n1lfTzdE3zUbZB1kQYrG6wvxOj7FsLC/1";
  const std::vector<std::vector<std::string>> kinds = {{},
                                                       {"{PLAIN}pass"},
                                                       {"pass"},
                                                       {"{SSHA}ZnJrBaAyuDhVDYOh9BYPNnn8/4wxMjM0NTY3OA=="},
                                                       {"{WHAT}is this"},
                                                       argon,
                                                       {cheap_argon},
                                                       {"{PLAIN}one", "{PLAIN}two"}};
  const auto cost = [&](const std::vector<std::string>& secrets) {
    const double before = checks("computed");
    EXPECT_FALSE(verify("guess", secrets));
    return checks("computed") - before;
  };
  for (const auto& kind : kinds)
    EXPECT_EQ(cost(kind), kind == std::vector{cheap_argon} ? 2 : 1) << testing::PrintToString(kind);
  // Where some passwords are of another dear scheme, it is computed for all.
  EXPECT_EQ(cost({crypt}), 2);
  EXPECT_EQ(cost({crypt}), 2);
  EXPECT_EQ(cost({}), 2);
  EXPECT_EQ(cost({"{PLAIN}pass"}), 2);
  EXPECT_EQ(cost(argon), 2);
  const double before = checks("computed");
  EXPECT_FALSE(*logins_.verify("another directory", "alice", "guess", {}));
  EXPECT_EQ(checks("computed") - before, 1);
}

// Else the time would tell a right password from a wrong one.
TEST_F(LoginsTest, ARightPasswordThatIsNotEnoughCostsWhatAWrongOneDoes) {
  SortedSecrets secrets;
  secrets.passwords = {"{PLAIN}pass"};
  secrets.totp = Totp{.secret = "12345678901234567890"};
  secrets.apps = {{.name = "phone", .hash = "{PLAIN}app"},
                  {.name = "mail", .protocols = {"imap"}, .hash = "{PLAIN}in"}};
  const auto refused = [&](const std::string& password) {
    const double before = checks("computed");
    const auto out =
        logins_.check("d", "alice", {.login = "alice", .password = password, .protocol = "smtp"}, secrets);
    EXPECT_TRUE(out && !out->right) << password;
    return checks("computed") - before;
  };
  for (const auto* password : {"pass", "pass$000000", "guess", "guess$000000", "in"})
    EXPECT_EQ(refused(password), 1) << password;
  secrets.passwords = hashed("pass");
  for (const auto* password : {"pass", "guess", "in"}) EXPECT_EQ(refused(password), 1) << password;
  // The right one is remembered by now.
  EXPECT_EQ(refused("pass"), 1);
}

TEST_F(LoginsTest, AnyOfSeveralPasswordsLetsIn) {
  auto secrets = hashed("one");
  secrets.push_back("{PLAIN}two");
  EXPECT_TRUE(verify("one", secrets));
  EXPECT_TRUE(verify("two", secrets));
  EXPECT_FALSE(verify("three", secrets));
}

TEST_F(LoginsTest, AnUnknownSchemeIsToldToTheOperatorAndLetsNobodyIn) {
  observe::CapturedEvents events;
  EXPECT_FALSE(verify("x", {"{WHAT}secret words"}));
  EXPECT_TRUE(verify("x", {"{WHAT}secret words", "{PLAIN}x"}));
  ASSERT_EQ(events.count("auth.bad-stored-password"), 2u);
  EXPECT_THAT(events.lines().front(), testing::HasSubstr("{WHAT}"));
  EXPECT_THAT(events.lines().front(), testing::HasSubstr("alice"));
  EXPECT_THAT(events.lines().front(), testing::Not(testing::HasSubstr("secret words")));
}

TEST(LoginsLimit, SoManyChecksAtOnceAndNoMore) {
  SystemClock clock;
  GatedRandom random;
  LoginOptions options = quick();
  options.max_concurrent = 1;
  options.max_wait = Duration(20);
  Logins logins(options, clock, random);
  const std::vector<std::string> secrets = {*logins.hash("pass")};

  random.set_open(false);
  auto busy = std::async(std::launch::async, [&] { return logins.hash("other"); });  // takes the only turn
  ASSERT_TRUE(random.wait_for_somebody());
  const auto refused = logins.verify("d", "alice", "pass", secrets);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(DirectoryError::kUnavailable));
  EXPECT_TRUE(refused.error().retry_can_help());
  EXPECT_TRUE(*logins.verify("d", "alice", "x", std::vector<std::string>{"{PLAIN}x"}))
      << "costs nothing, waits for nothing";
  random.set_open(true);
  EXPECT_TRUE(busy.get());
  EXPECT_TRUE(*logins.verify("d", "alice", "pass", secrets));
}

TEST(LoginsLimit, RemembersSoManyAndNoMore) {
  ManualClock clock;
  GatedRandom random;
  LoginOptions options = quick();
  options.remember_entries = 2;
  Logins logins(options, clock, random);
  const std::vector<std::string> secrets = {*logins.hash("pass")};
  for (const char* login : {"a", "b", "c"}) EXPECT_TRUE(*logins.verify("d", login, "pass", secrets));
  const double computed = checks("computed");
  EXPECT_TRUE(*logins.verify("d", "c", "pass", secrets));
  EXPECT_TRUE(*logins.verify("d", "a", "pass", secrets));
  EXPECT_EQ(checks("computed") - computed, 1);
}

}  // namespace
}  // namespace gannet::directory
