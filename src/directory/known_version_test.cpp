#include "directory/known_version.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "directory/internal_directory.h"
#include "directory/memory_directory.h"
#include "store/rocksdb/rocksdb_store.h"
#include "tests/contract/directory_harness.h"
#include "tests/contract/harness.h"

namespace gannet::directory::contract {
namespace {

TEST(KnownVersion, IsWhatWasReadUnlessAChangeCameBetween) {
  KnownVersion known;
  EXPECT_FALSE(known.now());
  const auto early = known.mark();
  known.learn(early, 7);
  EXPECT_EQ(known.now(), 7u);
  {
    KnownVersion::Change change(&known);
    EXPECT_FALSE(known.now());
    known.learn(early, 7);
    EXPECT_FALSE(known.now());
    known.learn(known.mark(), 7);  // read while the change goes on: before or after it, nobody knows
    EXPECT_FALSE(known.now());
  }
  known.learn(early, 7);
  EXPECT_FALSE(known.now());
  known.learn(known.mark(), 8);
  EXPECT_EQ(known.now(), 8u);
}

class ResolveNowTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = store::open_rocksdb({.path = folder_.path() + "/db", .write_buffer_size = 1 << 20}, clock_);
    ASSERT_TRUE(opened) << opened.error().describe();
    data_ = *std::move(opened);
    directory_ = open(std::make_shared<KnownVersion>());
    ASSERT_TRUE(directory_->create({.type = PrincipalType::kDomain, .name = "example.org"}, {}));
    ASSERT_TRUE(directory_->create({.name = "ann@example.org"}, {}));
  }
  std::unique_ptr<InternalDirectory> open(std::shared_ptr<KnownVersion> known) {
    InternalOptions options;
    options.known_version = std::move(known);
    return std::make_unique<InternalDirectory>(std::move(options), data_,
                                               std::make_shared<Logins>(quick_logins(), clock_, random_),
                                               clock_, random_);
  }

  store::contract::TemporaryDirectory folder_;
  SystemClock clock_;
  SeededRandom random_{1};
  std::shared_ptr<store::DataStore> data_;
  std::unique_ptr<InternalDirectory> directory_;
};

TEST_F(ResolveNowTest, KnowsWhatWasAskedBeforeUntilTheDirectoryChanges) {
  EXPECT_FALSE(directory_->resolve_now("ann@example.org", {}));
  ASSERT_TRUE(directory_->resolve("ann@example.org", {}));
  const auto now = directory_->resolve_now("Ann@Example.org", {});
  ASSERT_TRUE(now);
  EXPECT_EQ(now->kind, Resolution::Kind::kAccounts);
  EXPECT_EQ(now->accounts.front().name, "ann@example.org");
  EXPECT_FALSE(directory_->resolve_now("other@example.org", {}));

  ASSERT_TRUE(directory_->create({.name = "bob@example.org"}, {}));
  EXPECT_FALSE(directory_->resolve_now("ann@example.org", {}));
  EXPECT_TRUE(directory_->resolve("ann@example.org", {}));
  EXPECT_TRUE(directory_->resolve_now("ann@example.org", {}));
}

TEST_F(ResolveNowTest, LeavesLongListsToTheCore) {
  Principal list{.type = PrincipalType::kList, .name = "all@example.org", .emails = {"all@example.org"}};
  for (int i = 0; i < 40; ++i) list.members.push_back("m" + std::to_string(i) + "@elsewhere.test");
  ASSERT_TRUE(directory_->create(list, {}));
  const auto whole = directory_->resolve("all@example.org", {});
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->addresses.size(), 40u);
  EXPECT_FALSE(directory_->resolve_now("all@example.org", {}));
}

TEST_F(ResolveNowTest, KnowsNothingWhereOtherProcessesMayChangeTheDirectory) {
  const auto elsewhere = open(nullptr);
  ASSERT_TRUE(elsewhere->resolve("ann@example.org", {}));
  EXPECT_FALSE(elsewhere->resolve_now("ann@example.org", {}));
}

TEST_F(ResolveNowTest, NeverTellsWhatWasBeforeAChangeThatHasReturned) {
  std::atomic<std::uint64_t> quota{0};  // what the last change set, stored before it begins and after it ends
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> answers{0}, stale{0};
  const auto ask = [&](bool wait) {
    while (!stop) {
      const auto least = quota.load();
      std::optional<Resolution> now;
      if (wait) {
        auto asked = directory_->resolve("ann@example.org", {});
        if (asked) now = *std::move(asked);
      } else {
        now = directory_->resolve_now("ann@example.org", {});
      }
      if (!now) continue;
      ++answers;
      if (now->accounts.front().quota < least) ++stale;
    }
  };
  std::thread first([&] { ask(false); }), second([&] { ask(true); });
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  for (std::uint64_t i = 1; i <= 200 || (answers < 100 && std::chrono::steady_clock::now() < deadline); ++i) {
    PrincipalChange change;
    change.quota = i;
    ASSERT_TRUE(directory_->update("ann@example.org", change));
    quota = i;
  }
  stop = true;
  first.join();
  second.join();
  EXPECT_GT(answers, 0u);
  EXPECT_EQ(stale, 0u);
}

TEST_F(ResolveNowTest, AMemoryDirectoryAlwaysKnows) {
  MemoryOptions options;
  options.principals.push_back({.principal = {.name = "kim", .emails = {"kim@small.test"}}, .secrets = {}});
  const auto memory = MemoryDirectory::open(
      options, *data_, std::make_shared<Logins>(quick_logins(), clock_, random_), clock_, random_);
  ASSERT_TRUE(memory) << memory.error().describe();
  const auto now = (*memory)->resolve_now("kim@small.test", {});
  ASSERT_TRUE(now);
  EXPECT_EQ(now->kind, Resolution::Kind::kAccounts);
  EXPECT_EQ((*memory)->resolve_now("kim@foreign.test", {})->kind, Resolution::Kind::kForeign);
}

}  // namespace
}  // namespace gannet::directory::contract
