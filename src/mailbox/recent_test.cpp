// RFC 3501 2.3.2
#include <algorithm>
#include <thread>

#include "mailbox/testing/fixture.h"

namespace gannet::mailbox::testing {
namespace {

using ::testing::ElementsAre;

class RecentTest : public MailboxTest {
 protected:
  Uid take(Uid end, std::string_view path = "INBOX") {
    return must(accounts->take_recent(kAnn, id_of(path), end));
  }
  Uid first(std::string_view path = "INBOX") {
    const MailboxId id = id_of(path);
    return must(accounts->first_recent(kAnn, std::span(&id, 1))).at(0);
  }
};

TEST_F(RecentTest, WhatIsTakenIsTakenOnce) {
  EXPECT_EQ(first(), 1u);
  deliver();
  deliver();
  EXPECT_EQ(first(), 1u) << "looking takes nothing";
  EXPECT_EQ(take(3), 1u);
  EXPECT_EQ(take(3), 3u);
  deliver();
  EXPECT_EQ(first(), 3u);
  EXPECT_EQ(take(4), 3u);
  EXPECT_EQ(take(3), 4u) << "it never moves back";
  EXPECT_EQ(first(), 4u);
}

TEST_F(RecentTest, IsOutOfEverybodysWay) {
  deliver();
  const auto before = mailbox("INBOX").highest_modseq;
  const auto syncs = world.rocks->statistics().syncs;
  take(2);
  EXPECT_EQ(mailbox("INBOX").highest_modseq, before);
  EXPECT_EQ(world.rocks->statistics().syncs, syncs) << "it waits for no disk";
  const auto commits = world.data->commits();
  take(2);
  EXPECT_EQ(world.data->commits(), commits) << "nothing new, nothing written";
}

TEST_F(RecentTest, OutlivesTheNodeAndIsSeenByOthers) {
  deliver();
  take(2);
  deliver();
  const auto other = world.node();
  EXPECT_EQ(must(other->take_recent(kAnn, id_of("INBOX"), 3)), 2u);
  EXPECT_EQ(take(3), 3u);
  accounts = world.node();
  EXPECT_EQ(first(), 3u);
}

TEST_F(RecentTest, GoesWithItsMailbox) {
  must(accounts->create_mailbox(kAnn, "Box"));
  deliver_to("Box");
  take(2, "Box");
  const auto keys = keys_of(store::Subspace::kAccount);
  must(accounts->delete_mailbox(kAnn, "Box"));
  EXPECT_EQ(keys_of(store::Subspace::kAccount), keys - 2) << "its record, and where its recent ones began";
  must(accounts->create_mailbox(kAnn, "Box"));
  EXPECT_EQ(first("Box"), 1u);
  must(accounts->erase(kAnn));
  EXPECT_EQ(keys_of(store::Subspace::kAccount), 1u) << "the tombstone";
}

TEST_F(RecentTest, StoreThatCannotWriteLeavesThemRecent) {
  deliver();
  world.data->plan_commits(
      [](auto, const auto&) { return store::testing::Fault{.kind = store::testing::Fault::kFull}; });
  EXPECT_EQ(take(2), 1u);
  EXPECT_EQ(take(2), 1u);
  world.data->plan_commits(nullptr);
  EXPECT_EQ(take(2), 1u);
  EXPECT_EQ(take(2), 2u);
}

// Each message to one of the sessions that are told of it, whichever node they are on.
TEST_F(RecentTest, SessionsOnTwoNodesShareThem) {
  constexpr Uid kMessages = 200;
  constexpr std::size_t kSessions = 4;
  const MailboxId inbox = id_of("INBOX");
  const auto other = world.node();
  std::vector<std::vector<Uid>> taken(kSessions);
  {
    std::vector<std::jthread> sessions;
    for (std::size_t i = 0; i < kSessions; ++i)
      sessions.emplace_back([&, i] {
        auto& node = i % 2 == 0 ? *accounts : *other;
        for (Uid end = 2; end <= kMessages + 1; ++end)
          for (Uid uid = must(node.take_recent(kAnn, inbox, end)); uid < end; ++uid) taken[i].push_back(uid);
      });
  }
  std::vector<Uid> all;
  for (const auto& some : taken) all.insert(all.end(), some.begin(), some.end());
  std::ranges::sort(all);
  ASSERT_EQ(all.size(), kMessages);
  for (Uid i = 0; i < kMessages; ++i) EXPECT_EQ(all[i], i + 1);
}

}  // namespace
}  // namespace gannet::mailbox::testing
