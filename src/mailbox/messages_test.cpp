// Keywords, copies, moves and expunges.
#include "mailbox/testing/fixture.h"

namespace gannet::mailbox::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class MessagesTest : public MailboxTest {
 protected:
  CopyOutcome copy(std::string_view from, std::vector<Uid> which, std::string_view to) {
    return must(accounts->copy(kAnn, id_of(from), which, id_of(to)));
  }
  CopyOutcome move(std::string_view from, std::vector<Uid> which, std::string_view to) {
    return must(accounts->move(kAnn, id_of(from), which, id_of(to)));
  }
  std::vector<Uid> expunge(std::string_view path) {
    return must(accounts->expunge(kAnn, id_of(path), std::nullopt));
  }
};

TEST_F(MessagesTest, AddRemoveReplace) {
  deliver();
  const auto added = flag("INBOX", {1}, KeywordAction::kAdd, {"\\Seen", "Work"});
  ASSERT_EQ(added.changed.size(), 1u);
  EXPECT_EQ(added.changed[0].uid, 1u);
  EXPECT_TRUE(added.changed[0].keywords.has(KeywordSet::kSeen));
  EXPECT_EQ(added.changed[0].modseq, mailbox("INBOX").highest_modseq);
  EXPECT_EQ(mailbox("INBOX").unseen, 0u);
  flag("INBOX", {1}, KeywordAction::kRemove, {"\\seen", "never heard of"});
  EXPECT_THAT(flags("INBOX", 1), ElementsAre("Work"));
  EXPECT_EQ(mailbox("INBOX").unseen, 1u);
  flag("INBOX", {1}, KeywordAction::kReplace, {"\\Draft", "Home"});
  EXPECT_THAT(flags("INBOX", 1), ElementsAre("\\Draft", "Home"));
  flag("INBOX", {1}, KeywordAction::kReplace, {});
  EXPECT_THAT(flags("INBOX", 1), IsEmpty());
  const auto view = must(accounts->view(kAnn));
  EXPECT_THAT(view->keyword_names(),
              ElementsAre("\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft", "Work", "Home"));
}

TEST_F(MessagesTest, WhatIsSoAlreadyChangesNothing) {
  deliver_to("INBOX", {"\\Seen"});
  const auto before = mailbox("INBOX").highest_modseq;
  const auto commits = world.data->commits();
  const auto outcome = flag("INBOX", {1, 77}, KeywordAction::kAdd, {"\\Seen"});
  EXPECT_TRUE(outcome.changed.empty());
  EXPECT_EQ(mailbox("INBOX").highest_modseq, before);
  EXPECT_EQ(world.data->commits(), commits);
}

// RFC 7162 3.1.3
TEST_F(MessagesTest, UnchangedSinceLeavesLaterOnesAlone) {
  deliver();
  deliver();
  const Modseq seen = mailbox("INBOX").highest_modseq;
  flag("INBOX", {2}, KeywordAction::kAdd, {"\\Flagged"});
  const auto outcome = flag("INBOX", {2, 1}, KeywordAction::kAdd, {"\\Answered"}, seen);
  ASSERT_EQ(outcome.changed.size(), 1u);
  EXPECT_EQ(outcome.changed[0].uid, 1u);
  EXPECT_THAT(outcome.modified, ElementsAre(2));
  EXPECT_THAT(flags("INBOX", 2), ElementsAre("\\Flagged"));
}

TEST_F(MessagesTest, ManyAreFlaggedInOneCommit) {
  for (int i = 0; i < 300; ++i) deliver(mail({.subject = std::to_string(i)}));
  const auto commits = world.data->commits();
  const auto outcome = flag("INBOX", uids("INBOX"), KeywordAction::kAdd, {"\\Seen"});
  EXPECT_EQ(outcome.changed.size(), 300u);
  EXPECT_EQ(world.data->commits() - commits, 1u);
  EXPECT_EQ(mailbox("INBOX").unseen, 0u);
}

TEST_F(MessagesTest, AnyNumberOfKeywordsOnAMessage) {
  deliver();
  std::vector<std::string> names;
  for (int i = 0; i < 500; ++i) names.push_back("k" + std::to_string(i));
  flag("INBOX", {1}, KeywordAction::kAdd, names);
  EXPECT_EQ(flags("INBOX", 1), names);
  flag("INBOX", {1}, KeywordAction::kRemove, {"k0", "k499", "k250"});
  EXPECT_EQ(flags("INBOX", 1).size(), 497u);
  accounts = world.node();
  EXPECT_EQ(flags("INBOX", 1).size(), 497u);
}

TEST_F(MessagesTest, ACopyIsTheSameMessageInAnotherMailbox) {
  const Stored stored = deliver_to("INBOX", {"\\Seen", "Work"});
  deliver_to("INBOX", {"\\Flagged"});
  const auto outcome = copy("INBOX", {2, 1, 5}, "Drafts");
  EXPECT_EQ(outcome.uid_validity, mailbox("Drafts").uid_validity);
  EXPECT_THAT(outcome.from, ElementsAre(1, 2));
  EXPECT_THAT(outcome.to, ElementsAre(1, 2));
  EXPECT_EQ(entry("Drafts", 1)->document, stored.document);
  EXPECT_THAT(flags("Drafts", 1), ElementsAre("\\Seen", "Work"));
  EXPECT_EQ(used(), 2 * mail().size());
  EXPECT_EQ(mailbox("Drafts").unseen, 1u);
}

// What clients without MOVE do: COPY, STORE \Deleted, EXPUNGE.
TEST_F(MessagesTest, ACopyIsNotMarkedDeletedWithItsOriginal) {
  deliver();
  copy("INBOX", {1}, "Drafts");
  const auto highest = mailbox("Drafts").highest_modseq;
  flag("INBOX", {1}, KeywordAction::kAdd, {"\\Deleted"});
  EXPECT_THAT(flags("INBOX", 1), ElementsAre("\\Deleted"));
  EXPECT_THAT(flags("Drafts", 1), IsEmpty());
  EXPECT_EQ(mailbox("Drafts").highest_modseq, highest);
  EXPECT_THAT(expunge("Drafts"), IsEmpty());
  EXPECT_THAT(expunge("INBOX"), ElementsAre(1));
  EXPECT_THAT(uids("Drafts"), ElementsAre(1));
  EXPECT_EQ(text_of(entry("Drafts", 1)->document), mail());
}

TEST_F(MessagesTest, OtherKeywordsAreTheMessagesWhereverItIs) {
  deliver();
  copy("INBOX", {1}, "Drafts");
  flag("Drafts", {1}, KeywordAction::kAdd, {"\\Seen"});
  EXPECT_THAT(flags("INBOX", 1), ElementsAre("\\Seen"));
  EXPECT_EQ(mailbox("INBOX").unseen, 0u);
  EXPECT_EQ(mailbox("INBOX").highest_modseq, mailbox("Drafts").highest_modseq);
}

TEST_F(MessagesTest, ACopyToWhereItIsAlreadyIsAMessageOfItsOwn) {
  const Stored stored = deliver();
  const auto outcome = copy("INBOX", {1}, "INBOX");
  EXPECT_THAT(outcome.to, ElementsAre(2));
  const auto made = entry("INBOX", 2);
  EXPECT_NE(made->document, stored.document);
  EXPECT_EQ(made->thread, stored.thread);
  EXPECT_EQ(text_of(made->document), mail());
  EXPECT_EQ(used(), 2 * mail().size());
  flag("INBOX", {1}, KeywordAction::kAdd, {"\\Deleted", "\\Seen"});
  EXPECT_THAT(flags("INBOX", 2), IsEmpty());
  expunge("INBOX");
  EXPECT_EQ(text_of(made->document), mail());
  EXPECT_EQ(linked_blobs(), 1u);

  const auto refused =
      accounts->copy(kAnn, id_of("INBOX"), std::vector<Uid>{2}, id_of("INBOX"), mail().size() + 1);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(MailboxError::kOverQuota));
}

TEST_F(MessagesTest, AMoveTakesTheMessageAlong) {
  const Stored stored = deliver_to("INBOX", {"Work"});
  const auto outcome = move("INBOX", {1}, "Drafts");
  EXPECT_THAT(outcome.from, ElementsAre(1));
  EXPECT_THAT(outcome.to, ElementsAre(1));
  EXPECT_THAT(uids("INBOX"), IsEmpty());
  EXPECT_EQ(mailbox("INBOX").messages, 0u);
  EXPECT_EQ(entry("Drafts", 1)->document, stored.document);
  EXPECT_THAT(flags("Drafts", 1), ElementsAre("Work"));
  EXPECT_EQ(entry("Drafts", 1)->received, entry("Drafts", 1)->received);
  // RFC 6851 3.3: it may be moved to where it is; its UID is a new one.
  EXPECT_THAT(move("Drafts", {1}, "Drafts").to, ElementsAre(2));
  EXPECT_THAT(uids("Drafts"), ElementsAre(2));
  EXPECT_EQ(entry("Drafts", 2)->document, stored.document);
  EXPECT_EQ(used(), mail().size());
}

// Each call of the store is one round trip on a database (counted there by `make bench`).
TEST_F(MessagesTest, ADeliveryTakesAtMostFourTripsToTheStore) {
  deliver(mail({.subject = "first"}));
  const auto trips = [&] { return world.data->reads() + world.data->commits(); };
  for (int i = 0; i < 5; ++i) {
    const auto before = trips(), commits = world.data->commits();
    deliver(mail({.subject = "one of its own " + std::to_string(i)}));
    EXPECT_EQ(world.data->commits() - commits, 1u);
    EXPECT_LE(trips() - before, 4u);
  }
}

// As over FoundationDB, whose transactions hold less than what a client may ask for at once.
TEST_F(MessagesTest, WhatMayBeCutIsCutByTheStoresLimits) {
  std::vector<Uid> all;
  for (Uid uid = 1; uid <= 23; ++uid) {
    deliver(mail({.subject = std::to_string(uid)}));
    all.push_back(uid);
  }
  auto limits = world.data->limits();
  limits.max_batch_operations = 50;  // five messages
  world.data->set_limits(limits);
  std::size_t largest = 0;
  world.data->plan_commits([&](std::uint64_t, const store::WriteBatch& batch) {
    largest = std::max(largest, batch.operations().size());
    return store::testing::Fault{};
  });
  const auto commits_of = [&](auto change) {
    const std::uint64_t before = world.data->commits();
    change();
    return world.data->commits() - before;
  };
  EXPECT_EQ(commits_of([&] { flag("INBOX", all, KeywordAction::kAdd, {"Work"}); }), 5u);
  copy("INBOX", all, "Drafts");
  largest = 0;
  // Each has to be made once more where it is already.
  CopyOutcome moved;
  EXPECT_EQ(commits_of([&] { moved = move("INBOX", all, "Drafts"); }), 5u);
  EXPECT_EQ(moved.from, all);
  EXPECT_EQ(moved.to.size(), all.size());
  EXPECT_THAT(uids("INBOX"), IsEmpty());
  EXPECT_EQ(mailbox("Drafts").messages, 46u);
  EXPECT_EQ(commits_of([&] { flag("Drafts", uids("Drafts"), KeywordAction::kAdd, {"\\Deleted"}); }), 10u);
  EXPECT_EQ(commits_of([&] { EXPECT_EQ(expunge("Drafts").size(), 46u); }), 10u);
  EXPECT_LE(largest, 60u);
}

TEST_F(MessagesTest, SaveDateIsWhenItCame) {
  const WallTime received = world.clock.now();
  deliver();
  world.clock.advance(std::chrono::hours(1));
  copy("INBOX", {1}, "Drafts");
  EXPECT_EQ(entry("INBOX", 1)->saved, received);
  EXPECT_EQ(entry("Drafts", 1)->saved, world.clock.now());
  EXPECT_EQ(entry("Drafts", 1)->received, received);
}

TEST_F(MessagesTest, AMissingMailboxIsNotFound) {
  deliver();
  const std::vector<Uid> one = {1};
  const MailboxId inbox = id_of("INBOX");
  EXPECT_TRUE(accounts->copy(kAnn, inbox, one, 99).error().is(MailboxError::kNotFound));
  EXPECT_TRUE(accounts->move(kAnn, 99, one, inbox).error().is(MailboxError::kNotFound));
  EXPECT_TRUE(accounts->expunge(kAnn, 99, std::nullopt).error().is(MailboxError::kNotFound));
  EXPECT_TRUE(
      accounts->set_keywords(kAnn, 99, one, KeywordAction::kAdd, {}).error().is(MailboxError::kNotFound));
  EXPECT_TRUE(accounts->changes(kAnn, 99, 0).error().is(MailboxError::kNotFound));
}

TEST_F(MessagesTest, ExpungeTakesTheDeletedOnesOrThoseNamedAmongThem) {
  for (int i = 0; i < 4; ++i) deliver(mail({.subject = std::to_string(i)}));
  flag("INBOX", {1, 2, 4}, KeywordAction::kAdd, {"\\Deleted"});
  const std::vector<Uid> named = {2, 3};
  EXPECT_THAT(must(accounts->expunge(kAnn, id_of("INBOX"), std::span<const Uid>(named))), ElementsAre(2));
  EXPECT_THAT(uids("INBOX"), ElementsAre(1, 3, 4));
  EXPECT_THAT(expunge("INBOX"), ElementsAre(1, 4));
  EXPECT_THAT(uids("INBOX"), ElementsAre(3));
  EXPECT_THAT(expunge("INBOX"), IsEmpty());
  EXPECT_EQ(deliver().places[0].uid, 5u);  // a UID is never given again
  EXPECT_EQ(linked_blobs(), 2u);
  EXPECT_EQ(keys_of(store::Subspace::kMessage), 2u);
}

TEST_F(MessagesTest, ChangesTellWhatCameAndWhatWent) {
  for (int i = 0; i < 3; ++i) deliver(mail({.subject = std::to_string(i)}));
  const MailboxId inbox = id_of("INBOX");
  const Modseq since = mailbox("INBOX").highest_modseq;
  EXPECT_TRUE(must(accounts->changes(kAnn, inbox, since)).changed.empty());
  flag("INBOX", {1}, KeywordAction::kAdd, {"\\Seen"});
  flag("INBOX", {2}, KeywordAction::kAdd, {"\\Deleted"});
  expunge("INBOX");
  deliver();
  for (int round = 0; round < 2; ++round) {
    const auto changes = must(accounts->changes(kAnn, inbox, since));
    ASSERT_EQ(changes.changed.size(), 2u);
    EXPECT_EQ(changes.changed[0].uid, 1u);
    EXPECT_EQ(changes.changed[1].uid, 4u);
    EXPECT_THAT(changes.vanished, ElementsAre(2));
    EXPECT_TRUE(changes.complete);
    accounts = world.node();  // the second time from the store
  }
}

TEST_F(MessagesTest, ATruncatedLogSaysSo) {
  AccountsOptions options;
  options.max_changes = 10;
  accounts = world.node(options);
  deliver();
  for (int i = 0; i < 60; ++i) {
    const Uid uid = deliver().places[0].uid;
    flag("INBOX", {uid}, KeywordAction::kAdd, {"\\Deleted"});
    expunge("INBOX");
  }
  EXPECT_LE(keys_of(store::Subspace::kChange), 2u * (10 + 16 + 1));
  accounts = world.node(options);
  const auto changes = must(accounts->changes(kAnn, id_of("INBOX"), 1));
  EXPECT_FALSE(changes.complete);
  EXPECT_EQ(changes.vanished.size(), 60u);
  EXPECT_EQ(changes.vanished.front(), 2u);
  const auto late = must(accounts->changes(kAnn, id_of("INBOX"), changes.modseq - 3));
  EXPECT_TRUE(late.complete);
  EXPECT_THAT(late.vanished, ElementsAre(61));
}

}  // namespace
}  // namespace gannet::mailbox::testing
