#include "directory/internal_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "store/rocksdb/rocksdb_store.h"
#include "tests/contract/directory_harness.h"
#include "tests/contract/harness.h"

namespace gannet::directory::contract {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class InternalDirectoryTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = store::open_rocksdb({.path = folder_.path() + "/db", .write_buffer_size = 1 << 20}, clock_);
    ASSERT_TRUE(opened) << opened.error().describe();
    data_ = *std::move(opened);
    directory_ = open();
    ASSERT_TRUE(directory_->create({.type = PrincipalType::kDomain, .name = "example.org"}, {}));
  }

  // Another node on the same store, with its own cache.
  std::unique_ptr<InternalDirectory> open() {
    return std::make_unique<InternalDirectory>(
        InternalOptions{}, data_, std::make_shared<Logins>(quick_logins(), clock_, random_), clock_, random_);
  }

  Result<Principal> create(const std::string& name, const std::string& password = "secret") {
    return directory_->create({.name = name}, password);
  }
  static std::string refusal(const auto& result) { return result ? "accepted" : result.error().text(); }
  std::string resolved(const std::string& address) { return resolved(*directory_, address); }
  static std::string resolved(Directory& directory, const std::string& address) {
    const auto out = directory.resolve(address, {});
    return out && !out->accounts.empty() ? out->accounts.front().name : "nobody";
  }
  bool lets_in(const std::string& login, const std::string& password) {
    const auto out = directory_->authenticate({.login = login, .password = password});
    EXPECT_TRUE(out);
    return out && out->principal;
  }

  store::contract::TemporaryDirectory folder_;
  SystemClock clock_;
  SeededRandom random_{1};
  std::shared_ptr<store::DataStore> data_;
  std::unique_ptr<InternalDirectory> directory_;
};

TEST_F(InternalDirectoryTest, WhatADomainHasItsAliasHas) {
  ASSERT_TRUE(create("alice@example.org"));
  ASSERT_TRUE(create("bob@example.org"));
  const auto made = directory_->create(
      {.type = PrincipalType::kDomain, .name = "Example.NET", .alias_of = "EXAMPLE.org"}, {});
  ASSERT_TRUE(made) << made.error().describe();
  EXPECT_EQ(made->alias_of, "example.org");
  EXPECT_TRUE(*directory_->is_local_domain("example.net"));
  EXPECT_EQ(resolved("Alice@Example.net"), "alice@example.org");
  EXPECT_EQ(resolved("alice+news@example.net"), "alice@example.org");
  EXPECT_EQ(directory_->resolve("alice+news@example.net", {})->detail, "news");
  EXPECT_EQ(resolved("nobody@example.net"), "nobody");
  ASSERT_TRUE(directory_->update("example.org", {.catch_all = "bob@example.org"}));
  EXPECT_EQ(resolved("nobody@example.net"), "bob@example.org");
  EXPECT_TRUE(lets_in("alice@example.net", "secret"));
  const auto alice = directory_->find("alice@example.org");
  ASSERT_TRUE(alice && *alice);
  EXPECT_TRUE(*directory_->may_send_as(**alice, "alice@example.net"));
  EXPECT_FALSE(*directory_->may_send_as(**alice, "bob@example.net"));
  EXPECT_THAT(*directory_->verify("alice@example.net", 5), ElementsAre("alice@example.org"));

  ASSERT_TRUE(directory_->create({.type = PrincipalType::kList,
                                  .name = "all@example.org",
                                  .members = {"alice@example.net", "alice@example.org", "bob@example.net"}},
                                 {}));
  const auto list = directory_->resolve("all@example.net", {});
  ASSERT_TRUE(list);
  EXPECT_EQ(list->accounts.size(), 2u) << "each once, whatever domain they are named by";
  EXPECT_THAT(list->addresses, IsEmpty());
}

TEST_F(InternalDirectoryTest, AnAliasIsOfOneDomainAndOfNoAlias) {
  const auto domain = [&](const std::string& name, const std::string& of) {
    return refusal(directory_->create({.type = PrincipalType::kDomain, .name = name, .alias_of = of}, {}));
  };
  EXPECT_EQ(domain("a.example", "nowhere.example"),
            "there is no domain \"nowhere.example\" to be an alias of: create it first");
  EXPECT_EQ(domain("a.example", "a.example"),
            "there is no domain \"a.example\" to be an alias of: create it first");
  EXPECT_EQ(domain("a.example", "example.org"), "accepted");
  EXPECT_EQ(domain("b.example", "a.example"), "\"a.example\" is itself an alias: name \"example.org\"");
  EXPECT_EQ(refusal(directory_->update("example.org", {.alias_of = "example.org"})),
            "a domain cannot be an alias of itself");
  EXPECT_EQ(refusal(create("carol@a.example")),
            "the domain of \"carol@a.example\" is an alias: what there is at \"example.org\" is at "
            "\"a.example\" too");
  EXPECT_EQ(refusal(directory_->remove("example.org", PrincipalType::kDomain)),
            "\"a.example\" is an alias of the domain \"example.org\"");
  EXPECT_EQ(refusal(directory_->update("a.example", {.catch_all = "x@example.org"})),
            "the catch-all address \"x@example.org\" does not exist: create its account first");
  ASSERT_TRUE(create("dora@example.org"));
  EXPECT_EQ(refusal(directory_->update("a.example", {.catch_all = "dora@example.org"})),
            "an alias has the catch-all address of its domain, and none of its own");
  EXPECT_EQ(refusal(directory_->update("dora@example.org", {.alias_of = "example.org"})),
            "an individual cannot be an alias of a domain");
  // A domain with addresses of its own, or with aliases, becomes none.
  ASSERT_EQ(domain("c.example", ""), "accepted");
  EXPECT_EQ(refusal(directory_->update("example.org", {.alias_of = "c.example"})),
            "the domain \"example.org\" has addresses of its own, for example \"dora@example.org\"");
  ASSERT_TRUE(directory_->remove("dora@example.org", PrincipalType::kIndividual));
  EXPECT_EQ(refusal(directory_->update("example.org", {.alias_of = "c.example"})),
            "\"a.example\" is an alias of \"example.org\"");
  // An alias no longer, it has addresses of its own.
  ASSERT_TRUE(directory_->update("a.example", {.alias_of = ""}));
  EXPECT_EQ(directory_->show("a.example", PrincipalType::kDomain)->value().alias_of, "");
  ASSERT_TRUE(create("carol@a.example"));
  EXPECT_EQ(resolved("carol@a.example"), "carol@a.example");
  EXPECT_TRUE(directory_->remove("example.org", PrincipalType::kDomain));
}

TEST_F(InternalDirectoryTest, ALoginThatIsAnAddressReceivesMail) {
  const auto carol = create("Carol@Example.org");
  ASSERT_TRUE(carol) << carol.error().describe();
  EXPECT_EQ(carol->name, "carol@example.org");
  EXPECT_THAT(carol->emails, ElementsAre("carol@example.org"));
  EXPECT_EQ(resolved("carol@example.org"), "carol@example.org");
}

TEST_F(InternalDirectoryTest, NamesAndAddressesHaveOneOwner) {
  ASSERT_TRUE(create("carol@example.org"));
  EXPECT_EQ(refusal(create("CAROL@example.org")), "there is an individual \"carol@example.org\" already");
  EXPECT_EQ(refusal(create("example.org")), "there is a domain \"example.org\" already");
  EXPECT_EQ(refusal(directory_->create({.name = "dora", .emails = {"carol@example.org"}}, {})),
            "the address \"carol@example.org\" belongs to \"carol@example.org\"");
  EXPECT_EQ(*directory_->find("dora"), std::nullopt) << "nothing of a refused change may stay";
  ASSERT_TRUE(create("dora"));
  EXPECT_EQ(refusal(directory_->update("dora", {.add_emails = {"dora@example.org", "carol@example.org"}})),
            "the address \"carol@example.org\" belongs to \"carol@example.org\"");
  EXPECT_EQ(resolved("dora@example.org"), "nobody");
}

TEST_F(InternalDirectoryTest, SaysWhatIsWrong) {
  EXPECT_EQ(refusal(create("x@elsewhere.example")),
            "the domain of \"x@elsewhere.example\" is not one of this server's: create the domain "
            "\"elsewhere.example\" first");
  EXPECT_EQ(refusal(create("")), "\"\" cannot be a name");
  EXPECT_EQ(refusal(create("a\nb")), "\"a\nb\" cannot be a name");
  EXPECT_EQ(refusal(create("bob%master")), "\"bob%master\" cannot be a name");
  EXPECT_EQ(refusal(create("bob", "")), "the password is empty");
  EXPECT_EQ(refusal(directory_->create({.type = PrincipalType::kList, .name = "l"}, {})),
            "a list needs an address");
  EXPECT_EQ(refusal(directory_->create({.type = PrincipalType::kGroup, .name = "g"}, "x")),
            "a group has no password");
  EXPECT_EQ(
      refusal(directory_->create({.type = PrincipalType::kGroup, .name = "g", .members = {"nobody"}}, {})),
      "there is no individual \"nobody\"");
  EXPECT_EQ(refusal(directory_->create({.type = PrincipalType::kDomain, .name = "a b"}, {})),
            "\"a b\" is not a domain name");
  EXPECT_EQ(refusal(directory_->update("nobody", {})), "there is no principal \"nobody\"");
  EXPECT_EQ(refusal(directory_->update("example.org", {.quota = 5})), "a domain has no quota");
  EXPECT_EQ(refusal(directory_->update("example.org", {.catch_all = "nobody@example.org"})),
            "the catch-all address \"nobody@example.org\" does not exist: create its account first");
  ASSERT_TRUE(create("carol@example.org"));
  EXPECT_EQ(refusal(directory_->update("carol@example.org", {.remove_emails = {"carol@example.org"}})),
            "\"carol@example.org\" is the name of the individual and stays");
  EXPECT_EQ(refusal(directory_->remove("example.org", PrincipalType::kDomain)),
            "the domain \"example.org\" still has addresses, for example \"carol@example.org\"");
  EXPECT_EQ(refusal(directory_->remove("carol@example.org", PrincipalType::kGroup)),
            "there is no group \"carol@example.org\"");
}

TEST_F(InternalDirectoryTest, AChangeShowsAtOnceHereAndOnOtherNodes) {
  const auto other = open();
  ASSERT_TRUE(create("carol@example.org", "old"));
  EXPECT_EQ(resolved(*other, "c@example.org"), "nobody");
  EXPECT_EQ(resolved("c@example.org"), "nobody");
  ASSERT_TRUE(directory_->update("carol@example.org",
                                 {.description = "Carol", .quota = 7, .add_emails = {"c@example.org"}}));
  EXPECT_EQ(resolved("c@example.org"), "carol@example.org");
  EXPECT_EQ(resolved(*other, "c@example.org"), "carol@example.org");
  EXPECT_EQ(other->find("carol@example.org")->value().quota, 7u);
  ASSERT_TRUE(other->update("carol@example.org", {.remove_emails = {"c@example.org"}}));
  EXPECT_EQ(resolved("c@example.org"), "nobody");
}

TEST_F(InternalDirectoryTest, ALookupCostsOneReadOnceItIsCached) {
  ASSERT_TRUE(create("carol@example.org"));
  resolved("carol@example.org");
  resolved("nobody@example.org");
  const auto before = data_->statistics().reads;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(resolved("carol@example.org"), "carol@example.org");
    EXPECT_EQ(resolved("nobody@example.org"), "nobody");
  }
  EXPECT_LE(data_->statistics().reads - before, 200u);
}

TEST_F(InternalDirectoryTest, ANewPasswordShutsTheOldOneOutAtOnce) {
  ASSERT_TRUE(create("carol@example.org", "old"));
  EXPECT_TRUE(lets_in("carol@example.org", "old"));
  ASSERT_TRUE(directory_->update("carol@example.org", {.password = "new"}));
  EXPECT_FALSE(lets_in("carol@example.org", "old"));
  EXPECT_TRUE(lets_in("carol@example.org", "new"));
  ASSERT_TRUE(directory_->update("carol@example.org", {.disabled = true}));
  EXPECT_FALSE(lets_in("carol@example.org", "new"));
}

TEST_F(InternalDirectoryTest, StoresPasswordsAsArgon2id) {
  ASSERT_TRUE(create("clear", "{PLAIN}hidden words"));
  ASSERT_TRUE(create("hashed", "{SSHA256}8SYRSkXYZSNBe08kNOTvZpiTyYURBwjwgqCmApW/wYLoZSrKhDuOgw=="));
  ASSERT_TRUE(create("odd", "$money"));
  EXPECT_TRUE(lets_in("clear", "hidden words"));
  EXPECT_TRUE(lets_in("odd", "$money"));
  const auto items = store::scan_all(*data_, store::Range::prefix("d"));
  ASSERT_TRUE(items);
  std::string all;
  for (const auto& item : *items) all += item.value;
  EXPECT_FALSE(all.contains("hidden words"));
  EXPECT_FALSE(all.contains("$money"));
  EXPECT_TRUE(all.contains("$argon2id$"));
  EXPECT_TRUE(all.contains("{SSHA256}"));
}

TEST_F(InternalDirectoryTest, GroupsAreKeptOnBothSides) {
  ASSERT_TRUE(create("carol@example.org"));
  ASSERT_TRUE(create("dora"));
  ASSERT_TRUE(directory_->create(
      {.type = PrincipalType::kGroup, .name = "team", .members = {"Carol@example.org"}}, {}));
  ASSERT_TRUE(directory_->create({.name = "erik", .member_of = {"team"}}, {}));
  ASSERT_TRUE(directory_->update("team", {.add_members = {"dora"}, .remove_members = {"carol@example.org"}}));
  EXPECT_THAT(directory_->find("team")->value().members, UnorderedElementsAre("erik", "dora"));
  EXPECT_THAT(directory_->find("carol@example.org")->value().member_of, IsEmpty());
  EXPECT_THAT(directory_->find("dora")->value().member_of, ElementsAre("team"));
  ASSERT_TRUE(directory_->remove("dora", PrincipalType::kIndividual));
  EXPECT_THAT(directory_->find("team")->value().members, ElementsAre("erik"));
  ASSERT_TRUE(directory_->remove("team", PrincipalType::kGroup));
  EXPECT_THAT(directory_->find("erik")->value().member_of, IsEmpty());
}

TEST_F(InternalDirectoryTest, AccountNumbersAreNeverReused) {
  std::set<AccountId> seen;
  for (int i = 0; i < 5; ++i) {
    const auto made = create("carol@example.org");
    ASSERT_TRUE(made);
    EXPECT_TRUE(seen.insert(made->id).second);
    ASSERT_TRUE(directory_->remove("carol@example.org", PrincipalType::kIndividual));
    EXPECT_EQ(*directory_->find_by_id(made->id), std::nullopt);
    directory_ = open();
  }
}

TEST_F(InternalDirectoryTest, ARemovedAccountIsReportedOnceEvenAfterARestart) {
  const AccountId carol = create("carol@example.org")->id, dora = create("dora")->id;
  ASSERT_TRUE(directory_->remove("carol@example.org", PrincipalType::kIndividual));
  EXPECT_EQ(resolved("carol@example.org"), "nobody");
  directory_ = open();
  std::vector<AccountId> removed;
  directory_->on_removed([&](AccountId id) { removed.push_back(id); });
  EXPECT_THAT(removed, ElementsAre(carol));
  ASSERT_TRUE(directory_->remove("dora", PrincipalType::kIndividual));
  EXPECT_THAT(removed, ElementsAre(carol, dora));
  directory_ = open();
  directory_->on_removed([&](AccountId id) { removed.push_back(id); });
  EXPECT_EQ(removed.size(), 2u);
}

TEST_F(InternalDirectoryTest, ListsByTypeInPages) {
  for (const char* name : {"dora", "carol", "erik", "anna"}) ASSERT_TRUE(create(name));
  const auto page = [&](std::string_view after, std::size_t limit) {
    std::vector<std::string> out;
    for (const auto& p : *directory_->list(PrincipalType::kIndividual, after, limit)) out.push_back(p.name);
    return out;
  };
  EXPECT_THAT(page("", 10), ElementsAre("anna", "carol", "dora", "erik"));
  EXPECT_THAT(page("", 2), ElementsAre("anna", "carol"));
  EXPECT_THAT(page("carol", 2), ElementsAre("dora", "erik"));
  EXPECT_THAT(page("erik", 2), IsEmpty());
  EXPECT_EQ(directory_->list(PrincipalType::kDomain, "", 10)->size(), 1u);
}

// Two nodes, eight administrators: every address and every number goes to one account.
TEST_F(InternalDirectoryTest, OfTwoAdministratorsOneGetsTheAddress) {
  constexpr int kThreads = 8, kRounds = 6;
  const auto other = open();
  std::atomic<int> made = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      InternalDirectory& mine = t % 2 == 0 ? *directory_ : *other;
      for (int i = 0; i < kRounds; ++i) {
        const std::string shared = "shared" + std::to_string(i) + "@example.org";
        const auto out =
            mine.create({.name = "t" + std::to_string(t) + "-" + std::to_string(i), .emails = {shared}}, {});
        if (out) ++made;
        if (!out) EXPECT_TRUE(out.error().is(DirectoryError::kExists)) << out.error().describe();
        EXPECT_NE(resolved(mine, shared), "nobody");
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(made, kRounds);
  std::set<AccountId> numbers;
  const auto all = directory_->list(PrincipalType::kIndividual, "", 1000);
  ASSERT_TRUE(all);
  for (const auto& p : *all) EXPECT_TRUE(numbers.insert(p.id).second);
  EXPECT_EQ(all->size(), static_cast<std::size_t>(kRounds));
}

// Whoever looks while it moves from one account to another finds the one or the other, never nobody.
TEST_F(InternalDirectoryTest, AnAddressThatMovesIsNeverNobodys) {
  ASSERT_TRUE(create("carol@example.org"));
  ASSERT_TRUE(directory_->create(
      {.type = PrincipalType::kIndividual, .name = "desk", .emails = {"help@example.org"}}, {}));
  std::atomic<bool> done = false;
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i)
    readers.emplace_back([&] {
      while (!done) {
        const auto out = directory_->resolve("help@example.org", {});
        ASSERT_TRUE(out);
        EXPECT_EQ(out->kind, Resolution::Kind::kAccounts);
      }
    });
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(directory_->update("desk", {.description = std::to_string(i)}));
    ASSERT_TRUE(directory_->update("carol@example.org", {.quota = static_cast<std::uint64_t>(i)}));
  }
  done = true;
  for (auto& reader : readers) reader.join();
}

}  // namespace
}  // namespace gannet::directory::contract
