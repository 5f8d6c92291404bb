#include "directory/cached_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

#include "directory/internal_directory.h"
#include "directory/memory_directory.h"
#include "directory/trace.h"
#include "store/rocksdb/rocksdb_store.h"
#include "tests/contract/directory_harness.h"
#include "tests/contract/harness.h"

namespace gannet::directory::contract {
namespace {

using namespace std::chrono_literals;

std::shared_ptr<Directory> memory_directory(std::shared_ptr<Logins> logins, store::DataStore& data,
                                            Clock& clock, Random& random) {
  MemoryOptions options;
  for (const auto& person : population()) {
    StoredPrincipal stored{person.principal, {}};
    if (!person.password.empty()) stored.secrets.push_back(person.password);
    if (stored.principal.name == kCatchAllDomain) stored.principal.catch_all = kCatchAll;
    options.principals.push_back(std::move(stored));
  }
  auto out = MemoryDirectory::open(std::move(options), data, std::move(logins), clock, random);
  EXPECT_TRUE(out) << out.error().describe();
  return out ? *out : nullptr;
}

// Counts what is asked of it, and fails when told to.
class Counting final : public Directory {
 public:
  explicit Counting(std::shared_ptr<Directory> real) : real_(std::move(real)) {}
  Result<AuthOutcome> authenticate(const Credentials& c) override { return ++asked, real_->authenticate(c); }
  Result<Resolution> resolve(std::string_view address, const ResolveOptions& options) override {
    ++asked;
    if (always) always();
    if (meanwhile) std::exchange(meanwhile, nullptr)();
    if (down) return fail(DirectoryError::kUnavailable, "down", Retry::kCanHelp);
    return real_->resolve(address, options);
  }
  Result<bool> is_local_domain(std::string_view domain) override {
    ++asked;
    if (down) return fail(DirectoryError::kUnavailable, "down", Retry::kCanHelp);
    return real_->is_local_domain(domain);
  }
  Result<std::optional<Principal>> find(std::string_view name) override { return ++asked, real_->find(name); }
  Result<std::optional<Principal>> find_by_id(AccountId id) override {
    return ++asked, real_->find_by_id(id);
  }
  Result<bool> may_send_as(const Principal& p, std::string_view a) override {
    return ++asked, real_->may_send_as(p, a);
  }
  Result<std::vector<std::string>> verify(std::string_view text, std::size_t limit) override {
    return ++asked, real_->verify(text, limit);
  }

  std::atomic<int> asked = 0;
  bool down = false;
  std::function<void()> always;     // called during each
  std::function<void()> meanwhile;  // called during the next question

 private:
  const std::shared_ptr<Directory> real_;
};

class CachedDirectoryTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = store::open_rocksdb({.path = folder_.path() + "/db", .write_buffer_size = 1 << 20}, clock_);
    ASSERT_TRUE(opened) << opened.error().describe();
    data_ = *std::move(opened);
    counting_ = std::make_shared<Counting>(
        memory_directory(std::make_shared<Logins>(quick_logins(), clock_, random_), *data_, clock_, random_));
    open({.id = "test", .entries = 100});
  }
  void open(const LookupCacheOptions& options) {
    cached_ = std::make_unique<CachedDirectory>(counting_, options, clock_);
  }
  // How many questions came through.
  int cost(const std::function<void()>& calls) {
    counting_->asked = 0;
    calls();
    return counting_->asked;
  }
  Resolution::Kind kind(const std::string& address, const ResolveOptions& options = {}) {
    const auto out = cached_->resolve(address, options);
    EXPECT_TRUE(out);
    return out ? out->kind : Resolution::Kind::kForeign;
  }

  store::contract::TemporaryDirectory folder_;
  ManualClock clock_;
  SeededRandom random_{1};
  std::shared_ptr<store::DataStore> data_;
  std::shared_ptr<Counting> counting_;
  std::unique_ptr<CachedDirectory> cached_;
};

TEST_F(CachedDirectoryTest, AsksOnceInEachTime) {
  const auto ask = [&] {
    EXPECT_EQ(kind("alice@example.org"), Resolution::Kind::kAccounts);
    EXPECT_EQ(kind("nobody@example.org"), Resolution::Kind::kUnknown);
    EXPECT_TRUE(*cached_->is_local_domain("example.org"));
    EXPECT_FALSE(*cached_->is_local_domain("elsewhere.example"));
  };
  EXPECT_EQ(cost(ask), 4);
  EXPECT_EQ(cost(ask), 0);
  EXPECT_EQ(cost([&] { kind("ALICE@Example.ORG"), kind("\"alice\"@example.org"); }), 0);
  clock_.advance(10min);
  EXPECT_EQ(cost(ask), 2) << "the negative ones";
  clock_.advance(50min);
  EXPECT_EQ(cost(ask), 4);
  EXPECT_EQ(cost([&] { cached_->clear(), ask(); }), 4);
}

TEST_F(CachedDirectoryTest, AnswersTheEventLoopFromMemory) {
  EXPECT_EQ(cost([&] { EXPECT_FALSE(cached_->resolve_now("alice@example.org", {})); }), 0);
  kind("alice@example.org");
  EXPECT_EQ(cost([&] {
              const auto now = cached_->resolve_now("Alice@Example.org", {});
              ASSERT_TRUE(now);
              EXPECT_EQ(now->accounts.at(0).name, "alice@example.org");
              EXPECT_FALSE(cached_->resolve_now("alice@example.org", {.catch_all = false}));
            }),
            0);
}

TEST_F(CachedDirectoryTest, NoTwoQuestionsShareAnEntry) {
  EXPECT_EQ(kind("bob+news@example.org"), Resolution::Kind::kAccounts);
  EXPECT_EQ(kind("bob+news@example.org", {.sub_addressing = false}), Resolution::Kind::kUnknown);
  EXPECT_EQ(kind("whoever@catch.example"), Resolution::Kind::kAccounts);
  EXPECT_EQ(kind("whoever@catch.example", {.catch_all = false}), Resolution::Kind::kUnknown);
  EXPECT_EQ(kind("staff@example.org"), Resolution::Kind::kList);
  EXPECT_FALSE(cached_->resolve("staff@example.org", {.max_expansion = 3})) << "not the longer one's answer";
  EXPECT_TRUE(*cached_->is_local_domain("example.org"));
  EXPECT_EQ(kind("example.org"), Resolution::Kind::kForeign) << "an address is no domain";
  // What is no address in two different ways.
  EXPECT_EQ(kind(std::string("alice\0@example.org", 18)), Resolution::Kind::kUnknown);
  EXPECT_EQ(kind("alice@example.org"), Resolution::Kind::kAccounts);
  for (const auto& person : population())
    for (const auto& email : person.principal.emails) {
      if (person.principal.type != PrincipalType::kIndividual) continue;
      for (int i = 0; i < 2; ++i) {
        const auto found = cached_->resolve(email, {});
        ASSERT_TRUE(found && found->accounts.size() == 1) << email;
        EXPECT_EQ(found->accounts[0].name, person.principal.name);
      }
    }
}

TEST_F(CachedDirectoryTest, AFailureIsNeverKept) {
  counting_->down = true;
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(cost([&] {
                const auto failed = cached_->resolve("alice@example.org", {});
                ASSERT_FALSE(failed);
                EXPECT_TRUE(failed.error().is(DirectoryError::kUnavailable));
                EXPECT_FALSE(cached_->is_local_domain("example.org"));
              }),
              2);
  }
  counting_->down = false;
  EXPECT_EQ(kind("alice@example.org"), Resolution::Kind::kAccounts);
  counting_->down = true;
  EXPECT_EQ(kind("alice@example.org"), Resolution::Kind::kAccounts) << "known before";
}

TEST_F(CachedDirectoryTest, LoginsAreAskedForEachTime) {
  const auto ask = [&] {
    const auto in = cached_->authenticate({.login = "bob", .password = "böb"});
    EXPECT_TRUE(in && in->principal);
    EXPECT_TRUE(*cached_->find("bob"));
  };
  EXPECT_EQ(cost(ask), 2);
  EXPECT_EQ(cost(ask), 2);
}

TEST_F(CachedDirectoryTest, StrangersPushOutNobody) {
  open({.id = "test", .entries = 8, .shards = 1});
  kind("alice@example.org");
  for (int i = 0; i < 100; ++i) kind("stranger" + std::to_string(i) + "@example.org");
  EXPECT_EQ(cost([&] { kind("alice@example.org"); }), 0);
  EXPECT_EQ(cost([&] { kind("stranger0@example.org"); }), 1);
  EXPECT_EQ(cost([&] { kind("stranger99@example.org"); }), 0);
}

TEST_F(CachedDirectoryTest, WhatWasAskedBeforeClearingIsNotKept) {
  counting_->meanwhile = [&] { cached_->clear(); };
  kind("alice@example.org");
  EXPECT_EQ(cost([&] { kind("alice@example.org"); }), 1);
  EXPECT_EQ(cost([&] { kind("alice@example.org"); }), 0);
}

TEST_F(CachedDirectoryTest, IsClearedByItsNameAndTellsWhatItSaved) {
  const auto hits = observe::counter("gannet_directory_cache_hits_total",
                                     "Questions to a directory that its lookup cache answered",
                                     {{"directory", "test"}, {"answer", "positive"}});
  const double before = hits.value();
  kind("alice@example.org"), kind("alice@example.org"), kind("alice@example.org");
  EXPECT_EQ(hits.value() - before, 2);
  EXPECT_THAT(observe::clear_caches("directory.test"),
              testing::ElementsAre("directory.test.negative", "directory.test.positive"));
  EXPECT_EQ(cost([&] { kind("alice@example.org"); }), 1);
}

// What the internal directory changes may be what another one's answers hang on.
TEST_F(CachedDirectoryTest, AChangeOfTheInternalDirectoryClearsIt) {
  InternalDirectory internal({}, data_, std::make_shared<Logins>(quick_logins(), clock_, random_), clock_,
                             random_);
  EXPECT_EQ(cost([&] { kind("nobody@example.org"), kind("nobody@example.org"); }), 1);
  ASSERT_TRUE(internal.create({.type = PrincipalType::kDomain, .name = "new.example"}, std::nullopt));
  EXPECT_EQ(cost([&] { kind("nobody@example.org"); }), 1);
  EXPECT_FALSE(internal.remove("nobody", PrincipalType::kIndividual));
  EXPECT_EQ(cost([&] { kind("nobody@example.org"); }), 0) << "nothing was changed";
}

TEST_F(CachedDirectoryTest, ASlowDirectoryHoldsNoMoreThreadsThanItMay) {
  open({.max_callers = 2, .id = "test", .entries = 0});
  std::latch inside(2), release(1);
  counting_->always = [&] { inside.count_down(), release.wait(); };
  std::vector<std::jthread> slow;
  for (int i = 0; i < 2; ++i)
    slow.emplace_back([&] { EXPECT_TRUE(cached_->resolve("alice@example.org", {})); });
  inside.wait();
  for (int i = 0; i < 20; ++i) {
    const auto begun = std::chrono::steady_clock::now();
    const auto refused = cached_->resolve("bob@example.org", {});
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().is(DirectoryError::kUnavailable) && refused.error().retry_can_help());
    // The first has waited for a moment; the others need not.
    if (i > 0) EXPECT_LT(std::chrono::steady_clock::now() - begun, 200ms);
  }
  release.count_down();
  slow.clear();
  counting_->always = nullptr;
  EXPECT_EQ(kind("bob@example.org"), Resolution::Kind::kAccounts) << "quick again";
}

TEST_F(CachedDirectoryTest, AQuickDirectoryServesMoreCallersThanItHasPlaces) {
  open({.max_callers = 2, .id = "test", .entries = 0});
  std::vector<std::jthread> many;
  for (int t = 0; t < 16; ++t)
    many.emplace_back([&] {
      for (int i = 0; i < 200; ++i) EXPECT_TRUE(cached_->resolve("alice@example.org", {}));
    });
}

TEST_F(CachedDirectoryTest, TellsWhatItDid) {
  trace::Recording recording;
  kind("alice@example.org"), kind("alice@example.org");
  std::vector<std::string> said;
  for (const auto& step : recording.steps())
    if (step.what == "lookup cache") said.push_back(step.answer + (step.cached ? ", from memory" : ""));
  EXPECT_THAT(said, testing::ElementsAre("not known", "kept for 3600 s: delivered to alice@example.org",
                                         "delivered to alice@example.org, from memory"));
}

}  // namespace
}  // namespace gannet::directory::contract
