// What every Directory must do (src/directory/directory.h), whatever it keeps its principals in. A test
// includes this and instantiates DirectoryContract with its DirectoryBackend.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "directory/directory.h"
#include "directory/login.h"
#include "observe/metrics.h"
#include "store/rocksdb/rocksdb_store.h"
#include "tests/contract/directory_harness.h"
#include "tests/contract/harness.h"

namespace gannet::directory::contract {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class DirectoryContract : public ::testing::TestWithParam<DirectoryBackend> {
 protected:
  void SetUp() override {
    auto opened = store::open_rocksdb({.path = folder_.path() + "/db", .write_buffer_size = 1 << 20}, clock_);
    ASSERT_TRUE(opened) << opened.error().describe();
    data_ = *std::move(opened);
    harness_ = GetParam().make();
    if (const auto why = harness_->skip_reason(); !why.empty()) GTEST_SKIP() << why;
    LoginOptions options = quick_logins();
    options.fallback_admin_user = "Rescue";
    options.fallback_admin_secret = Secret("rescue pass");
    options.master_user = "master";
    options.master_secret = Secret("master pass");
    reopen(options);
  }

  void reopen(const LoginOptions& options) {
    harness_ = GetParam().make();
    directory_ = harness_->open(std::make_shared<Logins>(options, clock_, random_), *data_, clock_, random_);
    ASSERT_NE(directory_, nullptr);
  }

  // The name of who gets in, or the reason.
  std::string login(const std::string& login, const std::string& password, const std::string& as = {},
                    const std::string& protocol = "imap") {
    const auto outcome = directory_->authenticate({.login = login,
                                                   .password = password,
                                                   .authorize_as = as,
                                                   .remote_ip = "192.0.2.1",
                                                   .protocol = protocol});
    if (!outcome) return outcome.error().describe();
    if (outcome->principal) return outcome->principal->name;
    return std::string(to_string(outcome->failure));
  }

  Resolution resolve(const std::string& address, const ResolveOptions& options = {}) {
    auto out = directory_->resolve(address, options);
    EXPECT_TRUE(out) << out.error().describe();
    return out ? *out : Resolution{};
  }
  static std::vector<std::string> names(const Resolution& resolution) {
    std::vector<std::string> out;
    for (const auto& account : resolution.accounts) out.push_back(account.name);
    return out;
  }
  Principal find(const std::string& name) {
    auto out = directory_->find(name);
    EXPECT_TRUE(out && *out) << name;
    return out && *out ? **out : Principal{};
  }
  bool may_send(const std::string& who, const std::string& as) {
    const auto out = directory_->may_send_as(find(who), as);
    EXPECT_TRUE(out);
    return out && *out;
  }

  store::contract::TemporaryDirectory folder_;
  ManualClock clock_;
  SeededRandom random_{1};
  std::shared_ptr<store::DataStore> data_;
  std::unique_ptr<DirectoryHarness> harness_;
  std::shared_ptr<Directory> directory_;
};

TEST_P(DirectoryContract, LetsInWhoHasThePassword) {
  EXPECT_EQ(login("alice@example.org", "alice's pass word"), "alice@example.org");
  EXPECT_EQ(login("ALICE@Example.ORG", "alice's pass word"), "alice@example.org");
  EXPECT_EQ(login("alice@example.org", "alice's pass wor"), "wrong password");
  EXPECT_EQ(login("alice@example.org", ""), "wrong password");
  EXPECT_EQ(login("bob", "böb"), "bob");
  EXPECT_EQ(login("bob", "bo\u0308b"), "bob") << "the decomposed spelling of the same password";
}

TEST_P(DirectoryContract, TakesAnAddressForALogin) {
  EXPECT_EQ(login("bob@example.org", "böb"), "bob");
  EXPECT_EQ(login("alice@XN--BCHER-KVA.example", "alice's pass word"), "alice@example.org");
  EXPECT_EQ(login("staff@example.org", ""), "no such user");
  EXPECT_EQ(login("sales", ""), "no such user");
  EXPECT_EQ(login("example.org", ""), "no such user");
}

// Counted, not timed: the dear checks are what takes long.
TEST_P(DirectoryContract, EveryRefusedLoginCostsTheSame) {
  const auto checks =
      observe::counter("gannet_auth_password_checks_total", "Password checks, by whether they were computed",
                       {{"how", "computed"}});
  const auto cost = [&](const std::string& name, const std::string& password) {
    const double before = checks.value();
    login(name, password);
    return checks.value() - before;
  };
  login("alice", "guess");
  const double nobody = cost("nobody", "guess");
  EXPECT_EQ(cost("alice", "guess"), nobody);
  EXPECT_EQ(cost("gone", "guess"), nobody);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(cost("gone", "gone pass"), nobody) << "disabled";
}

TEST_P(DirectoryContract, RefusesUnknownAndDisabledLogins) {
  EXPECT_EQ(login("nobody", "x"), "no such user");
  EXPECT_EQ(login("", ""), "no such user");
  EXPECT_EQ(login(std::string("bob\0", 4), "böb"), "no such user");
  EXPECT_EQ(login(std::string(4000, 'a'), "x"), "no such user");
  EXPECT_EQ(login("\xff\xfe", "x"), "no such user");
  EXPECT_EQ(login("gone", "gone pass"), "disabled");
  EXPECT_EQ(login("gone", "guess"), "wrong password") << "a stranger must not learn that it is disabled";
}

TEST_P(DirectoryContract, AnAdministratorActsForOthers) {
  EXPECT_EQ(login("chief", "chief pass", "alice@example.org"), "alice@example.org");
  EXPECT_EQ(login("chief", "chief pass", "nobody"), "may not act for the other identity");
  EXPECT_EQ(login("bob", "böb", "bob"), "bob");
  EXPECT_EQ(login("bob", "böb", "BOB@example.org"), "bob");
  EXPECT_EQ(login("bob", "böb", "alice@example.org"), "may not act for the other identity");
  EXPECT_EQ(login("bob", "böb", "\xff"), "may not act for the other identity");
}

TEST_P(DirectoryContract, TheFallbackAdministratorHasNoMailbox) {
  EXPECT_EQ(login("rescue", "rescue pass", {}, "http"), "rescue");
  EXPECT_EQ(login("rescue", "rescue pass", {}, "imap"), "may not act for the other identity");
  EXPECT_EQ(login("rescue", "rescue pass", "bob", "imap"), "bob");
  EXPECT_EQ(login("rescue", "guess", {}, "http"), "wrong password");
}

TEST_P(DirectoryContract, TheMasterPasswordOpensEveryAccount) {
  EXPECT_EQ(login("bob%master", "master pass"), "bob");
  EXPECT_EQ(login("alice@example.org%master", "master pass"), "alice@example.org");
  EXPECT_EQ(login("chief%master", "master pass", {}, "http"), "may not act for the other identity")
      << "the HTTP API is not mail";
  EXPECT_EQ(login("bob%master", "böb"), "wrong password");
  EXPECT_EQ(login("bob%other", "master pass"), "no such user");
  EXPECT_EQ(login("nobody%master", "master pass"), "no such user");
}

TEST_P(DirectoryContract, FindsPrincipals) {
  const Principal alice = find("Alice@example.org");
  EXPECT_NE(alice.id, 0u);
  EXPECT_EQ(alice.description, "Alice Æble");
  EXPECT_EQ(alice.quota, std::uint64_t{1} << 30);
  EXPECT_THAT(alice.emails, ElementsAre("alice@example.org", "a.smith@example.org", "alice@bücher.example"));
  EXPECT_THAT(alice.member_of, ElementsAre("sales"));
  EXPECT_EQ(find("chief").role, Role::kAdmin);
  const Principal sales = find("sales");
  EXPECT_EQ(sales.type, PrincipalType::kGroup);
  EXPECT_THAT(sales.members, ElementsAre("alice@example.org"));
  EXPECT_EQ(directory_->find_by_id(alice.id)->value().name, "alice@example.org");
  EXPECT_EQ(directory_->find_by_id(sales.id)->value().name, "sales");
  EXPECT_EQ(*directory_->find_by_id(0), std::nullopt);
  EXPECT_EQ(*directory_->find_by_id(4'000'000'000), std::nullopt);
  for (const char* nobody : {"staff", "example.org", "nobody", "", "\xc0"})
    EXPECT_EQ(*directory_->find(nobody), std::nullopt) << nobody;
}

TEST_P(DirectoryContract, KnowsItsDomains) {
  EXPECT_TRUE(*directory_->is_local_domain("EXAMPLE.org"));
  EXPECT_TRUE(*directory_->is_local_domain("xn--bcher-kva.example"));
  EXPECT_TRUE(*directory_->is_local_domain("BU\u0308CHER.example"));
  for (const char* other :
       {"elsewhere.example", "sub.example.org", "bob", "", ".", "\xff", "alice@example.org"})
    EXPECT_FALSE(*directory_->is_local_domain(other)) << other;
}

TEST_P(DirectoryContract, ResolvesAddressesToAccounts) {
  const Resolution alice = resolve("A.Smith@EXAMPLE.org");
  EXPECT_EQ(alice.kind, Resolution::Kind::kAccounts);
  EXPECT_THAT(names(alice), ElementsAre("alice@example.org"));
  EXPECT_THAT(names(resolve("\"a.smith\"@example.org")), ElementsAre("alice@example.org"));
  EXPECT_THAT(names(resolve("sales@example.org")), ElementsAre("alice@example.org"));
  EXPECT_THAT(names(resolve("gone@example.org")), ElementsAre("gone")) << "disabled accounts receive mail";
  EXPECT_EQ(resolve("nobody@example.org").kind, Resolution::Kind::kUnknown);
  EXPECT_EQ(resolve("alice@elsewhere.example").kind, Resolution::Kind::kForeign);
  EXPECT_EQ(resolve("alice").kind, Resolution::Kind::kForeign);
  EXPECT_EQ(resolve("").kind, Resolution::Kind::kForeign);
  EXPECT_EQ(resolve("a b@example.org").kind, Resolution::Kind::kUnknown);
  EXPECT_EQ(resolve(std::string("alice\0@example.org", 18)).kind, Resolution::Kind::kUnknown);
}

TEST_P(DirectoryContract, ASubAddressBelongsToItsUser) {
  const Resolution news = resolve("bob+News@example.org");
  EXPECT_THAT(names(news), ElementsAre("bob"));
  EXPECT_EQ(news.detail, "news");
  EXPECT_THAT(names(resolve("bob+exact@example.org")), ElementsAre("exact"))
      << "an address of that name wins";
  EXPECT_EQ(resolve("bob+news@example.org", {.sub_addressing = false}).kind, Resolution::Kind::kUnknown);
  EXPECT_EQ(resolve("+news@example.org").kind, Resolution::Kind::kUnknown);
  EXPECT_EQ(resolve("nobody+news@example.org").kind, Resolution::Kind::kUnknown);
}

TEST_P(DirectoryContract, CatchAllGetsWhatNobodyElseDoes) {
  EXPECT_THAT(names(resolve("whoever@catch.example")), ElementsAre("bob"));
  EXPECT_EQ(resolve("whoever@catch.example", {.catch_all = false}).kind, Resolution::Kind::kUnknown);
}

TEST_P(DirectoryContract, ExpandsListsWithoutEndlessLoops) {
  const Resolution staff = resolve("staff@example.org");
  EXPECT_EQ(staff.kind, Resolution::Kind::kList);
  EXPECT_EQ(staff.list, "staff@example.org");
  // The members of a group get its mail.
  const std::vector<std::string> everybody = {"alice@example.org", "bob"};
  EXPECT_THAT(names(staff), ::testing::UnorderedElementsAreArray(everybody));
  EXPECT_THAT(staff.dead, ElementsAre("nobody@example.org"));
  EXPECT_THAT(staff.addresses, UnorderedElementsAre("x@elsewhere.example", "y@elsewhere.example"));
  EXPECT_THAT(names(resolve("inner@example.org")), ::testing::UnorderedElementsAreArray(everybody));

  EXPECT_TRUE(directory_->resolve("staff@example.org", {.max_expansion = 12}));
  const auto over = directory_->resolve("staff@example.org", {.max_expansion = 10});
  ASSERT_FALSE(over);
  EXPECT_TRUE(over.error().is(DirectoryError::kInvalid)) << over.error().describe();
}

TEST_P(DirectoryContract, SendersMayUseTheirOwnAddressesAndTheirGroups) {
  EXPECT_TRUE(may_send("alice@example.org", "A.Smith@example.org"));
  EXPECT_TRUE(may_send("alice@example.org", "alice+shop@example.org"));
  EXPECT_TRUE(may_send("alice@example.org", "sales@example.org"));
  EXPECT_FALSE(may_send("bob", "sales@example.org"));
  EXPECT_FALSE(may_send("bob", "alice@example.org"));
  EXPECT_FALSE(may_send("bob", "staff@example.org"));
  EXPECT_FALSE(may_send("bob", "bob@elsewhere.example"));
  EXPECT_FALSE(may_send("bob", "bob+exact@example.org")) << "that is somebody else's";
  EXPECT_FALSE(may_send("bob", "not an address"));
}

TEST_P(DirectoryContract, VerifiesTheBeginningOfAddresses) {
  EXPECT_THAT(*directory_->verify("BOB", 10),
              ElementsAre("bob+exact@example.org", "bob@catch.example", "bob@example.org"));
  EXPECT_THAT(*directory_->verify("b", 1), ElementsAre("bob+exact@example.org"));
  EXPECT_THAT(*directory_->verify("zzz", 10), IsEmpty());
  EXPECT_THAT(*directory_->verify("", 10), IsEmpty());
  EXPECT_THAT(*directory_->verify("b", 0), IsEmpty());
}

TEST_P(DirectoryContract, KeepsAccountNumbersOverARestart) {
  const Principal alice = find("alice@example.org"), bob = find("bob");
  EXPECT_NE(alice.id, bob.id);
  reopen(quick_logins());
  EXPECT_EQ(find("alice@example.org").id, alice.id);
  EXPECT_EQ(find("bob").id, bob.id);
}

}  // namespace gannet::directory::contract
