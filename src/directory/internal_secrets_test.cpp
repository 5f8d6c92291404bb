// How accounts of the internal directory log in.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>

#include "directory/internal_directory.h"
#include "directory/server_secret.h"
#include "observe/metrics.h"
#include "store/rocksdb/rocksdb_store.h"
#include "tests/contract/directory_harness.h"
#include "tests/contract/harness.h"

namespace gannet::directory::contract {
namespace {

using testing::HasSubstr;

class InternalSecretsTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened =
        store::open_rocksdb({.path = folder_.path() + "/db", .write_buffer_size = 1 << 20}, system_);
    ASSERT_TRUE(opened) << opened.error().describe();
    data_ = *std::move(opened);
    lookup_ = store::memory_lookup_store(1 << 20, clock_);
    directory_ = open();
    ASSERT_TRUE(directory_->create({.name = "alice"}, "secret"));
  }

  std::unique_ptr<InternalDirectory> open(bool scram = true) {
    auto options = quick_logins();
    options.scram = scram;
    options.lookup = lookup_;
    options.server_secret = server_secret(*data_, random_);
    return std::make_unique<InternalDirectory>(
        InternalOptions{}, data_, std::make_shared<Logins>(options, clock_, random_), clock_, random_);
  }
  AuthOutcome ask(const std::string& password, const std::string& protocol = "imap",
                  const std::string& login = "alice") {
    auto out = directory_->authenticate({.login = login, .password = password, .protocol = protocol});
    EXPECT_TRUE(out) << out.error().describe();
    return out.value_or(AuthOutcome());
  }
  bool lets_in(const std::string& password, const std::string& protocol = "imap") {
    return ask(password, protocol).principal.has_value();
  }
  ScramSecrets scram(const std::string& login, const std::string& protocol = "imap") {
    return *directory_->scram_secrets({.login = login, .protocol = protocol});
  }
  // Whether a client that knows this password could prove it.
  bool proves(const ScramSecrets& secrets, const std::string& password) {
    const auto derived = derive_scram(password, secrets.salt, secrets.iterations);
    return std::ranges::any_of(secrets.entries,
                               [&](const auto& entry) { return entry.keys == derived->keys; });
  }
  std::string enable_totp() {
    const auto uri = *directory_->propose_totp("alice", "mx.example.org");
    EXPECT_TRUE(directory_->set_totp("alice", uri, code(uri)));
    return uri;
  }
  std::string code(const std::string& uri, int steps = 0) {
    const auto totp = *parse_otpauth(uri);
    return totp_code(totp, totp_step(totp, clock_.now()) + static_cast<std::uint64_t>(steps));
  }

  store::contract::TemporaryDirectory folder_;
  SystemClock system_;
  ManualClock clock_;
  SeededRandom random_{1};
  std::shared_ptr<store::DataStore> data_;
  std::shared_ptr<store::LookupStore> lookup_;
  std::unique_ptr<InternalDirectory> directory_;
};

TEST_F(InternalSecretsTest, APasswordHasAVerifierBesideItsHash) {
  EXPECT_TRUE(directory_->serves_scram());
  EXPECT_TRUE(proves(scram("alice"), "secret"));
  EXPECT_FALSE(proves(scram("alice"), "wrong"));
  ASSERT_TRUE(directory_->update("alice", {.password = "changed"}));
  EXPECT_TRUE(proves(scram("alice"), "changed"));
  EXPECT_FALSE(proves(scram("alice"), "secret"));
  EXPECT_TRUE(lets_in("changed"));
  EXPECT_FALSE(lets_in("secret"));
}

TEST_F(InternalSecretsTest, AnOlderAccountGetsItsVerifierWithItsNextLogin) {
  directory_ = open(false);
  ASSERT_TRUE(directory_->create({.name = "old"}, "secret"));
  EXPECT_FALSE(directory_->serves_scram());
  directory_ = open();
  EXPECT_FALSE(proves(scram("old"), "secret"));
  EXPECT_FALSE(ask("wrong", "imap", "old").principal);
  EXPECT_FALSE(proves(scram("old"), "secret"));
  EXPECT_TRUE(ask("secret", "imap", "old").principal);
  EXPECT_TRUE(proves(scram("old"), "secret"));
}

TEST_F(InternalSecretsTest, WhoDoesNotExistLooksAsIfHeDid) {
  directory_ = open(false);
  ASSERT_TRUE(directory_->create({.name = "old"}, "secret"));
  directory_ = open();
  const auto alice = scram("alice"), nobody = scram("nobody"), old = scram("old");
  EXPECT_EQ(nobody.iterations, alice.iterations);
  EXPECT_EQ(nobody.salt.size(), alice.salt.size());
  EXPECT_NE(nobody.salt, alice.salt);
  EXPECT_TRUE(nobody.entries.empty() && old.entries.empty());
  // The same after a restart and on another node, and once he exists.
  directory_ = open();
  EXPECT_EQ(scram("nobody").salt, nobody.salt);
  EXPECT_EQ(scram("Nobody").salt, nobody.salt);
  ASSERT_TRUE(directory_->create({.name = "nobody"}, "secret"));
  EXPECT_EQ(scram("nobody").salt, nobody.salt);
  EXPECT_FALSE(scram("nobody").entries.empty());
}

TEST_F(InternalSecretsTest, AppPasswordsAreForTheirProtocolsAndCanBeRevoked) {
  const auto phone = directory_->add_app_password("alice", "Phone", {"imap", "smtp"});
  ASSERT_TRUE(phone) << phone.error().describe();
  const auto any = *directory_->add_app_password("alice", "Any", {});
  EXPECT_EQ(ask(*phone).app_password, "Phone");
  EXPECT_TRUE(lets_in(*phone, "smtp"));
  EXPECT_FALSE(lets_in(*phone, "http"));
  EXPECT_TRUE(lets_in(any, "http"));
  EXPECT_TRUE(lets_in("secret"));
  // By SCRAM, too: with the salt that the account has.
  EXPECT_TRUE(proves(scram("alice"), *phone) && proves(scram("alice"), "secret"));
  EXPECT_FALSE(proves(scram("alice", "http"), *phone));

  const auto methods = *directory_->login_methods("alice");
  ASSERT_EQ(methods.apps.size(), 2U);
  EXPECT_EQ(methods.apps[0].name, "Phone");
  EXPECT_EQ(methods.apps[0].created, clock_.now());
  EXPECT_EQ(methods.apps[0].hash, "");

  // A new password leaves them.
  ASSERT_TRUE(directory_->update("alice", {.password = "changed"}));
  EXPECT_TRUE(lets_in(*phone) && proves(scram("alice"), *phone) && proves(scram("alice"), "changed"));
  ASSERT_TRUE(directory_->remove_app_password("alice", "Phone"));
  EXPECT_FALSE(lets_in(*phone) || proves(scram("alice"), *phone));
  EXPECT_TRUE(lets_in(any));
  ASSERT_TRUE(directory_->remove_app_password("alice", "*"));
  EXPECT_FALSE(lets_in(any));
  EXPECT_TRUE(lets_in("changed"));
}

TEST_F(InternalSecretsTest, AppPasswordsThatCannotBe) {
  const auto add = [&](const std::string& who, const std::string& name, std::vector<std::string> protocols) {
    const auto out = directory_->add_app_password(who, name, std::move(protocols));
    return out ? "accepted" : out.error().text();
  };
  EXPECT_EQ(add("alice", "Phone", {}), "accepted");
  EXPECT_THAT(add("alice", "Phone", {}), HasSubstr("of that name already"));
  EXPECT_THAT(add("alice", "a$b", {}), HasSubstr("without $ and ;"));
  EXPECT_THAT(add("alice", "x", {"gopher"}), HasSubstr("imap, pop3"));
  EXPECT_THAT(add("nobody", "x", {}), HasSubstr("no individual"));
  EXPECT_TRUE(directory_->remove_app_password("alice", "x").error().is(DirectoryError::kNotFound));
  EXPECT_FALSE(directory_->update("alice", {.password = "$app$x$secret"}));
}

TEST_F(InternalSecretsTest, WithASecondFactorThePasswordNeedsItsCodeAndACodeServesOnce) {
  const auto uri = enable_totp();
  EXPECT_EQ(ask("secret").failure, AuthFailure::kNoCode);
  EXPECT_EQ(ask("secret$000000").failure, AuthFailure::kNoCode);
  EXPECT_EQ(ask("wrong$" + code(uri)).failure, AuthFailure::kWrongPassword);
  EXPECT_TRUE(lets_in("secret$" + code(uri)));
  EXPECT_EQ(ask("secret$" + code(uri)).failure, AuthFailure::kCodeUsed);
  EXPECT_TRUE(lets_in("secret$" + code(uri, 1)));
  clock_.advance(std::chrono::minutes(1));
  EXPECT_EQ(ask("secret$" + code(uri, -1)).failure, AuthFailure::kCodeUsed);
  EXPECT_TRUE(lets_in("secret$" + code(uri)));
  // Another node knows the codes as well.
  directory_ = open();
  EXPECT_EQ(ask("secret$" + code(uri)).failure, AuthFailure::kCodeUsed);
  ASSERT_TRUE(directory_->remove_totp("alice"));
  EXPECT_TRUE(lets_in("secret"));
}

TEST_F(InternalSecretsTest, WithASecondFactorScramIsForAppPasswordsOnly) {
  enable_totp();
  const auto phone = *directory_->add_app_password("alice", "Phone", {});
  EXPECT_TRUE(lets_in(phone));
  EXPECT_TRUE(proves(scram("alice"), phone));
  EXPECT_FALSE(proves(scram("alice"), "secret"));
  EXPECT_TRUE(directory_->login_methods("alice")->totp);
}

TEST_F(InternalSecretsTest, ASecondFactorIsNotTakenWithoutItsCode) {
  const auto uri = *directory_->propose_totp("alice", "mx.example.org");
  EXPECT_FALSE(directory_->set_totp("alice", uri, "000000"));
  EXPECT_FALSE(directory_->set_totp("alice", "otpauth://hotp/x", "000000"));
  EXPECT_TRUE(lets_in("secret"));
}

TEST_F(InternalSecretsTest, AdmitsWhoHasProvedHimselfElsewhere) {
  EXPECT_TRUE(directory_->admit({.login = "alice", .protocol = "imap"})->principal);
  EXPECT_EQ(directory_->admit({.login = "nobody", .protocol = "imap"})->failure, AuthFailure::kNoSuchUser);
  EXPECT_EQ(directory_->admit({.login = "alice", .authorize_as = "bob", .protocol = "imap"})->failure,
            AuthFailure::kNotAuthorized);
  ASSERT_TRUE(directory_->update("alice", {.disabled = true}));
  EXPECT_EQ(directory_->admit({.login = "alice", .protocol = "imap"})->failure, AuthFailure::kDisabled);
}

// Times of two ways, in turns, so that what else the machine does hits both.
struct Medians {
  double known = 0, unknown = 0;  // seconds
  double ratio() const { return unknown / known; }
};
Medians medians(int rounds, const std::function<void(const std::string&)>& ask) {
  const auto timed = [&](const std::string& login) {
    const auto begin = std::chrono::steady_clock::now();
    ask(login);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  std::vector<double> known, unknown;
  for (int i = 0; i < rounds; ++i) {
    known.push_back(timed("alice"));
    unknown.push_back(timed("nobody" + std::to_string(i)));
  }
  for (auto* times : {&known, &unknown}) std::ranges::nth_element(*times, times->begin() + rounds / 2);
  return {known[static_cast<std::size_t>(rounds) / 2], unknown[static_cast<std::size_t>(rounds) / 2]};
}

TEST_F(InternalSecretsTest, APasswordOfLessCostIsStoredAnewWhenItIsProved) {
  const auto computed =
      observe::counter("gannet_auth_password_checks_total", "Password checks, by whether they were computed",
                       {{"how", "computed"}});
  LoginOptions dearer = contract::quick_logins();
  dearer.cost.memory_kib *= 2;
  InternalDirectory later({}, data_, std::make_shared<Logins>(dearer, clock_, random_), clock_, random_);
  // What a wrong guess takes: the old hash and one of the new cost, or the new one alone.
  const auto guess = [&] {
    const double before = computed.value();
    EXPECT_FALSE(later.authenticate({.login = "alice", .password = "guess", .protocol = "imap"})->principal);
    return computed.value() - before;
  };
  ASSERT_TRUE(directory_->update("alice", {.password = "a pass"}));
  EXPECT_EQ(guess(), 2);
  for (int i = 0; i < 2; ++i)
    EXPECT_TRUE(later.authenticate({.login = "alice", .password = "a pass", .protocol = "imap"})->principal);
  EXPECT_EQ(guess(), 1);
  EXPECT_TRUE(
      directory_->authenticate({.login = "alice", .password = "a pass", .protocol = "imap"})->principal)
      << "and it is never made cheaper again";
  EXPECT_EQ(guess(), 1);
  EXPECT_TRUE(later.login_methods("alice")->scram);
}

// Whoever measures answers must not learn who exists.
class LoginTime : public ::testing::Test {
 protected:
  void open(std::uint32_t memory_kib) {
    LoginOptions options;
    options.cost = {.memory_kib = memory_kib, .iterations = 2, .lanes = 1};
    options.scram_iterations = kMinScramIterations;
    directory_ = std::make_unique<InternalDirectory>(
        InternalOptions{}, data_, std::make_shared<Logins>(options, clock_, random_), clock_, random_);
    ASSERT_TRUE(directory_->create({.name = "alice"}, "secret"));
  }
  store::contract::TemporaryDirectory folder_;
  SystemClock clock_;
  SeededRandom random_{1};
  std::shared_ptr<store::DataStore> data_ =
      *store::open_rocksdb({.path = folder_.path() + "/db", .write_buffer_size = 1 << 20}, clock_);
  std::unique_ptr<InternalDirectory> directory_;
};

TEST_F(LoginTime, AnUnknownLoginTakesAsLongAsAWrongPassword) {
  open(4096);
  double ratio = 0;
  for (int attempt = 0; attempt < 5; ++attempt) {  // since the machine may do much else
    ratio = medians(41, [&](const std::string& login) {
              const auto out =
                  directory_->authenticate({.login = login, .password = "wrong", .protocol = "imap"});
              EXPECT_TRUE(out && !out->principal);
            }).ratio();
    if (ratio > 0.85 && ratio < 1.18) break;
  }
  RecordProperty("unknown_over_known", std::to_string(ratio));
  EXPECT_GT(ratio, 0.85);
  EXPECT_LT(ratio, 1.18);
}

// By SCRAM nothing is computed that takes its time: what is left is some microseconds of reading, far below what the
// way there and back, the worker pool, and the rest of the exchange scatter.
TEST_F(LoginTime, AnUnknownLoginIsChallengedAsQuicklyAsAKnownOne) {
  open(64);
  Medians last;
  for (int attempt = 0; attempt < 5; ++attempt) {
    last = medians(401, [&](const std::string& login) {
      const auto out = directory_->scram_secrets({.login = login, .protocol = "imap"});
      EXPECT_TRUE(out);
    });
    if (std::abs(last.unknown - last.known) < 50e-6) break;
  }
  RecordProperty("known_microseconds", std::to_string(last.known * 1e6));
  RecordProperty("unknown_microseconds", std::to_string(last.unknown * 1e6));
  EXPECT_LT(std::abs(last.unknown - last.known), 50e-6);
}

}  // namespace
}  // namespace gannet::directory::contract
