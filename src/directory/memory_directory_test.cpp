#include "directory/memory_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "store/rocksdb/rocksdb_store.h"
#include "tests/contract/directory_harness.h"
#include "tests/contract/harness.h"

namespace gannet::directory::contract {
namespace {

using testing::ElementsAre;

class MemoryDirectoryTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = store::open_rocksdb({.path = folder_.path() + "/db", .write_buffer_size = 1 << 20}, clock_);
    ASSERT_TRUE(opened) << opened.error().describe();
    data_ = *std::move(opened);
  }
  Result<std::shared_ptr<MemoryDirectory>> open(std::vector<Principal> principals, std::string id = "m") {
    MemoryOptions options{.id = std::move(id), .principals = {}};
    for (auto& principal : principals) options.principals.push_back({std::move(principal), {}});
    return MemoryDirectory::open(std::move(options), *data_,
                                 std::make_shared<Logins>(quick_logins(), clock_, random_), clock_, random_);
  }

  store::contract::TemporaryDirectory folder_;
  ManualClock clock_;
  SeededRandom random_{1};
  std::shared_ptr<store::DataStore> data_;
};

TEST_F(MemoryDirectoryTest, RefusesWhatContradictsItself) {
  const auto refusal = [&](std::vector<Principal> principals) {
    const auto out = open(std::move(principals));
    return out ? "accepted" : out.error().text();
  };
  EXPECT_EQ(refusal({{.name = "a"}, {.name = "A"}}), "directory.m: there are two principals \"a\"");
  EXPECT_EQ(refusal({{.name = "a", .emails = {"x@d.example"}}, {.name = "b", .emails = {"X@D.example"}}}),
            "directory.m: the address \"x@d.example\" belongs to \"a\" and to \"b\"");
  EXPECT_EQ(refusal({{.name = "a", .emails = {"x"}}}),
            "directory.m: \"x\" of \"a\" is not an e-mail address");
  EXPECT_EQ(refusal({{.name = "a", .member_of = {"b"}}, {.name = "b"}}),
            "directory.m: \"a\" is said to be in \"b\", which is no group");
}

TEST_F(MemoryDirectoryTest, TwoDirectoriesNeverShareANumber) {
  const auto one = open({{.name = "a"}, {.name = "b"}}, "one"), two = open({{.name = "a"}}, "two");
  ASSERT_TRUE(one && two);
  const AccountId a = (*one)->find("a")->value().id, b = (*one)->find("b")->value().id,
                  other = (*two)->find("a")->value().id;
  EXPECT_EQ((std::set<AccountId>{a, b, other}.size()), 3u);
  const auto later = open({{.name = "b"}, {.name = "c"}}, "one");
  EXPECT_EQ((*later)->find("b")->value().id, b);
  EXPECT_EQ((std::set<AccountId>{a, b, other, (*later)->find("c")->value().id}.size()), 4u);
}

TEST_F(MemoryDirectoryTest, AGroupThatIsOnlySpokenOfExists) {
  const auto out = open({{.name = "a", .member_of = {"Crew"}}});
  ASSERT_TRUE(out);
  EXPECT_THAT((*out)->find("crew")->value().members, ElementsAre("a"));
}

}  // namespace
}  // namespace gannet::directory::contract
