#include "imap/uid_map.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>

namespace gannet::imap {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Uids = std::vector<mailbox::Uid>;

UidMap map_of(const Uids& uids) {
  UidMap map;
  map.assign(uids);
  return map;
}

Uids uids_of(const UidMap& map) {
  Uids uids;
  for (std::uint32_t i = 1; i <= map.size(); ++i) uids.push_back(map.uid(i));
  return uids;
}

TEST(UidMap, AnEmptyMailboxHasNothing) {
  const UidMap map;
  EXPECT_EQ(map.size(), 0u);
  EXPECT_EQ(map.last(), 0u);
  EXPECT_EQ(map.uid(1), 0u);
  EXPECT_EQ(map.sequence(1), 0u);
  EXPECT_EQ(map.count_below(5), 0u);
}

TEST(UidMap, KnowsSequenceNumbersAndUidsBothWays) {
  const auto map = map_of({3, 4, 5, 9, 4294967295});
  EXPECT_EQ(map.size(), 5u);
  EXPECT_EQ(map.last(), 4294967295u);
  EXPECT_EQ(map.uid(4), 9u);
  EXPECT_EQ(map.sequence(9), 4u);
  EXPECT_EQ(map.sequence(4294967295), 5u);
  EXPECT_EQ(map.sequence(6), 0u);
  EXPECT_EQ(map.sequence(2), 0u);
  EXPECT_EQ(map.count_below(3), 0u);
  EXPECT_EQ(map.count_below(6), 3u);
  EXPECT_EQ(map.count_below(9), 3u);
}

TEST(UidMap, SequenceNumbersShiftWhileMessagesGo) {
  auto map = map_of({1, 2, 3, 4, 5, 6});
  // 2, 3 and 6 go: each EXPUNGE counts on what those before it left.
  EXPECT_THAT(map.remove(Uids{2, 3, 6, 77}), ElementsAre(2, 2, 4));
  EXPECT_THAT(uids_of(map), ElementsAre(1, 4, 5));
  EXPECT_THAT(map.remove(Uids{2, 3}), IsEmpty());
  map.append(8);
  EXPECT_THAT(uids_of(map), ElementsAre(1, 4, 5, 8));
}

TEST(UidMap, AgreesWithAPlainListOfUids) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    Uids all;
    for (mailbox::Uid uid = 1; uid < 120; ++uid) {
      if (random() % 3 != 0) all.push_back(uid);
    }
    auto map = map_of(all);
    Uids gone;
    for (mailbox::Uid uid = 1; uid < 120; ++uid) {
      if (random() % 4 == 0) gone.push_back(uid);
    }
    std::vector<std::uint32_t> told;
    for (const auto uid : gone) {
      const auto at = std::ranges::find(all, uid);
      if (at == all.end()) continue;
      told.push_back(static_cast<std::uint32_t>(at - all.begin()) + 1);
      all.erase(at);
    }
    ASSERT_EQ(map.remove(gone), told);
    ASSERT_EQ(uids_of(map), all);
    for (mailbox::Uid uid = 1; uid < 125; ++uid) {
      const auto at = std::ranges::lower_bound(all, uid);
      const auto below = static_cast<std::uint32_t>(at - all.begin());
      ASSERT_EQ(map.count_below(uid), below);
      ASSERT_EQ(map.sequence(uid), at != all.end() && *at == uid ? below + 1 : 0u);
    }
  }
}

}  // namespace
}  // namespace gannet::imap
