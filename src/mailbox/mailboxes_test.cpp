#include "mailbox/names.h"
#include "mailbox/testing/fixture.h"

namespace gannet::mailbox::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

class MailboxesTest : public MailboxTest {
 protected:
  std::optional<MailboxError> error_of(const Result<void>& result) {
    if (result) return std::nullopt;
    for (int code = 1; code <= static_cast<int>(MailboxError::kCorrupt); ++code)
      if (result.error().is(static_cast<MailboxError>(code))) return static_cast<MailboxError>(code);
    return std::nullopt;
  }
  std::optional<MailboxError> create(std::string_view path, Role role = Role::kNone) {
    auto made = accounts->create_mailbox(kAnn, path, role);
    return made ? std::nullopt : error_of(std::unexpected(made.error()));
  }
};

TEST_F(MailboxesTest, MissingParentsAreMade) {
  const Mailbox made = must(accounts->create_mailbox(kAnn, "a/b/c"));
  EXPECT_EQ(made.path, "a/b/c");
  EXPECT_EQ(made.name, "c");
  EXPECT_EQ(made.parent, id_of("a/b"));
  EXPECT_EQ(mailbox("a/b").parent, id_of("a"));
  EXPECT_EQ(made.uid_next, 1u);
  EXPECT_GT(made.highest_modseq, 0u);
  EXPECT_FALSE(made.subscribed);
}

TEST_F(MailboxesTest, ParentsComeBeforeTheirChildrenAndSiblingsByName) {
  accounts = world.node({});
  for (const auto* path : {"b/z", "b/a/x", "a!", "a", "a/c"}) must(accounts->create_mailbox(kAnn, path));
  EXPECT_THAT(paths(), ElementsAre("INBOX", "a", "a/c", "a!", "b", "b/a", "b/a/x", "b/z"));
}

TEST_F(MailboxesTest, NamesThatAreNone) {
  for (const auto* path : {"", "/", "/a", "a//b", "a/b//", "a\nb", "a\x7f", "\xff\xfe", "a/\xe2\x80\xae"})
    EXPECT_EQ(create(path), MailboxError::kInvalid) << path;
  EXPECT_EQ(create(std::string("a\0b", 3)), MailboxError::kInvalid);
  EXPECT_EQ(create(std::string(256, 'x')), MailboxError::kLimit);
  EXPECT_EQ(create(std::string(255, 'x')), std::nullopt);
  EXPECT_EQ(create("1/2/3/4/5/6/7/8/9/10/11"), MailboxError::kLimit);
  EXPECT_EQ(create("1/2/3/4/5/6/7/8/9/10"), std::nullopt);
  EXPECT_EQ(create("with closing slash/"), std::nullopt);  // RFC 9051 6.3.4
  EXPECT_THAT(paths(), Contains("with closing slash"));
}

TEST_F(MailboxesTest, OneNameInAnyNormalisationAndInboxInAnyCase) {
  const std::string composed = "Entw\xc3\xbcrfe", decomposed = "Entwu\xcc\x88rfe";
  must(accounts->create_mailbox(kAnn, decomposed));
  EXPECT_THAT(paths(), Contains(composed));
  EXPECT_NE(id_of(decomposed), 0u);
  EXPECT_EQ(create(composed), MailboxError::kExists);
  EXPECT_EQ(create("iNbOx"), MailboxError::kExists);
  EXPECT_EQ(create("inbox/x"), std::nullopt);
  EXPECT_EQ(mailbox("INBOX/x").parent, id_of("inbox"));
  EXPECT_EQ(create("Drafts"), MailboxError::kExists);
  EXPECT_EQ(create("drafts"), std::nullopt);  // only INBOX is insensitive to case
}

TEST_F(MailboxesTest, ARoleIsTakenOnce) {
  EXPECT_EQ(create("x", Role::kJunk), MailboxError::kExists);
  EXPECT_EQ(create("y", Role::kArchive), std::nullopt);
  EXPECT_EQ(mailbox("y").role, Role::kArchive);
}

TEST_F(MailboxesTest, HowManyIsLimited) {
  AccountsOptions options;
  options.max_mailboxes = 3;
  accounts = world.node(options);
  EXPECT_EQ(create("a"), std::nullopt);
  EXPECT_EQ(create("b/c"), MailboxError::kLimit);
  EXPECT_EQ(create("b"), std::nullopt);
  EXPECT_EQ(create("c"), MailboxError::kLimit);
  must(accounts->delete_mailbox(kAnn, "a"));
  EXPECT_EQ(create("c"), std::nullopt);
}

TEST_F(MailboxesTest, AUidValidityIsNeverUsedAgain) {
  std::vector<std::uint32_t> seen;
  for (int i = 0; i < 5; ++i) {
    const Mailbox made = must(accounts->create_mailbox(kAnn, "x"));
    for (const auto before : seen) EXPECT_GT(made.uid_validity, before);
    seen.push_back(made.uid_validity);
    must(accounts->delete_mailbox(kAnn, "x"));
  }
}

TEST_F(MailboxesTest, ChildrenMoveAlong) {
  must(accounts->create_mailbox(kAnn, "a/b/c"));
  const MailboxId c = id_of("a/b/c");
  deliver_to("a/b/c");
  const Mailbox before = mailbox("a/b/c");
  must(accounts->rename_mailbox(kAnn, "a/b", "x/y"));
  const Mailbox after = mailbox("x/y/c");
  EXPECT_EQ(after.id, c);
  EXPECT_EQ(after.uid_validity, before.uid_validity);
  EXPECT_EQ(after.highest_modseq, before.highest_modseq);
  EXPECT_EQ(after.messages, 1u);
  EXPECT_THAT(paths(), Contains("a"));
  EXPECT_THAT(paths(), Not(Contains("a/b")));
}

TEST_F(MailboxesTest, RenamesThatAreRefused) {
  must(accounts->create_mailbox(kAnn, "a/b"));
  EXPECT_EQ(error_of(accounts->rename_mailbox(kAnn, "nowhere", "x")), MailboxError::kNotFound);
  EXPECT_EQ(error_of(accounts->rename_mailbox(kAnn, "a", "Drafts")), MailboxError::kExists);
  EXPECT_EQ(error_of(accounts->rename_mailbox(kAnn, "a", "a")), MailboxError::kExists);
  EXPECT_EQ(error_of(accounts->rename_mailbox(kAnn, "a", "a/b/c")), MailboxError::kInvalid);
  EXPECT_EQ(error_of(accounts->rename_mailbox(kAnn, "a", "")), MailboxError::kInvalid);
  EXPECT_EQ(error_of(accounts->rename_mailbox(kAnn, "a", "1/2/3/4/5/6/7/8/9/10")), MailboxError::kLimit);
}

// RFC 9051 6.3.6
TEST_F(MailboxesTest, RenamingInboxMovesItsMessagesAlone) {
  must(accounts->create_mailbox(kAnn, "INBOX/child"));
  deliver();
  deliver_to("INBOX", {"\\Flagged"});
  const MailboxId inbox = id_of("INBOX");
  const auto validity = mailbox("INBOX").uid_validity;
  must(accounts->rename_mailbox(kAnn, "Inbox", "old/mail"));
  EXPECT_EQ(id_of("INBOX"), inbox);
  EXPECT_EQ(mailbox("INBOX").uid_validity, validity);
  EXPECT_THAT(uids("INBOX"), IsEmpty());
  EXPECT_EQ(mailbox("INBOX").uid_next, 3u);
  EXPECT_THAT(uids("old/mail"), ElementsAre(1, 2));
  EXPECT_THAT(flags("old/mail", 2), ElementsAre("\\Flagged"));
  EXPECT_NE(id_of("INBOX/child"), 0u);
}

TEST_F(MailboxesTest, DeletingTakesWhatNoOtherMailboxHolds) {
  must(accounts->create_mailbox(kAnn, "x/y"));
  EXPECT_EQ(error_of(accounts->delete_mailbox(kAnn, "x")), MailboxError::kDenied);
  EXPECT_EQ(error_of(accounts->delete_mailbox(kAnn, "inbox")), MailboxError::kDenied);
  EXPECT_EQ(error_of(accounts->delete_mailbox(kAnn, "nowhere")), MailboxError::kNotFound);

  const Stored both =
      deliver(mail({.subject = "both"}), {.account = kAnn, .mailboxes = {id_of("x/y"), id_of("INBOX")}});
  const Stored lone = deliver_to("x/y", {}, mail({.subject = "lone"}));
  EXPECT_EQ(linked_blobs(), 2u);
  must(accounts->delete_mailbox(kAnn, "x/y"));
  EXPECT_EQ(id_of("x/y"), 0u);
  EXPECT_EQ(text_of(lone.document), "(gone)");
  EXPECT_EQ(text_of(both.document), mail({.subject = "both"}));
  EXPECT_EQ(linked_blobs(), 1u);
  EXPECT_EQ(used(), mail({.subject = "both"}).size());
  EXPECT_EQ(accounts->delete_mailbox(kAnn, "x").has_value(), true);
}

// Beyond what one commit changes.
TEST_F(MailboxesTest, AVeryLargeMailboxIsRenamedAndDeleted) {
  deliver();
  const MailboxId inbox = id_of("INBOX");
  for (std::size_t there = 1; there < 21'000; there = mailbox("INBOX").messages)
    must(accounts->copy(kAnn, inbox, uids("INBOX"), inbox));
  const auto all = uids("INBOX").size();
  must(accounts->rename_mailbox(kAnn, "INBOX", "old"));
  EXPECT_EQ(mailbox("INBOX").messages, 0u);
  EXPECT_EQ(uids("old").size(), all);
  must(accounts->delete_mailbox(kAnn, "old"));
  EXPECT_EQ(id_of("old"), 0u);
  EXPECT_EQ(used(), 0u);
  EXPECT_EQ(keys_of(store::Subspace::kState), 0u);
  EXPECT_EQ(linked_blobs(), 0u);
}

TEST_F(MailboxesTest, Subscriptions) {
  must(accounts->set_subscribed(kAnn, "Drafts", false));
  EXPECT_FALSE(mailbox("Drafts").subscribed);
  const auto before = must(accounts->view(kAnn))->modseq();
  must(accounts->set_subscribed(kAnn, "Drafts", false));
  EXPECT_EQ(must(accounts->view(kAnn))->modseq(), before);
  must(accounts->set_subscribed(kAnn, "inbox", false));
  EXPECT_FALSE(mailbox("INBOX").subscribed);
  EXPECT_EQ(error_of(accounts->set_subscribed(kAnn, "nowhere", true)), MailboxError::kNotFound);
}

template <typename T>
bool is_gone(const Result<T>& answer) {
  return !answer && answer.error().is(MailboxError::kNotFound);
}

TEST_F(MailboxesTest, ErasingAnAccountLeavesNothing) {
  for (int i = 0; i < 30; ++i) deliver(mail({.subject = std::to_string(i), .id = std::to_string(i) + "@x"}));
  flag("INBOX", {1}, KeywordAction::kAdd, {"\\Deleted", "word"});
  must(accounts->expunge(kAnn, id_of("INBOX"), std::nullopt));
  deliver(mail(), kBob);
  const auto other = world.node();
  must(other->view(kAnn));

  must(accounts->erase(kAnn));
  EXPECT_EQ(linked_blobs(), 1u);
  for (const auto subspace : {store::Subspace::kMessage, store::Subspace::kState})
    EXPECT_EQ(keys_of(subspace), 1u);
  EXPECT_EQ(keys_of(store::Subspace::kThread), 0u);
  // A session that is still open, here or on another node, and mail that is on its way, find nobody.
  for (const auto& node : {accounts, other, world.node()}) {
    EXPECT_TRUE(is_gone(node->view(kAnn)));
    EXPECT_TRUE(is_gone(node->create_mailbox(kAnn, "Box")));
    const std::vector<Destination> late = {{.account = kAnn}};
    const auto stored = must(node->store({mail(), world.clock.now()}, late));
    EXPECT_TRUE(stored[0].error && stored[0].error->is(MailboxError::kNotFound));
  }
  EXPECT_EQ(linked_blobs(), 1u);
  EXPECT_THAT(must(accounts->all()), ElementsAre(kBob));
  must(accounts->erase(kAnn));  // once more does no harm
}

TEST_F(MailboxesTest, AnAccountThatWasNeverUsedIsErasedToo) {
  must(accounts->erase(kBob));
  EXPECT_TRUE(is_gone(accounts->view(kBob)));
}

TEST_F(MailboxesTest, AnErasureThatWasCutShortGoesOn) {
  deliver();
  const auto commits = world.data->commits();
  world.data->plan_commits([&](std::uint64_t n, const store::WriteBatch&) -> store::testing::Fault {
    return {.kind = n > commits + 1 ? store::testing::Fault::kUnavailable : store::testing::Fault::kNone};
  });
  EXPECT_EQ(error_of(accounts->erase(kAnn)), MailboxError::kUnavailable);
  world.data->plan_commits(nullptr);
  // Meanwhile the account is there for nobody, and mail for others is not kept from them.
  EXPECT_FALSE(accounts->view(kAnn));
  const std::vector<Destination> destinations = {{.account = kAnn}, {.account = kBob}};
  const auto stored = must(accounts->store({mail(), world.clock.now()}, destinations));
  EXPECT_TRUE(stored[0].error->is(MailboxError::kNotFound));
  EXPECT_TRUE(stored[1].stored);
  must(accounts->erase(kAnn));
  EXPECT_EQ(keys_of(store::Subspace::kMessage), 1u);
  EXPECT_TRUE(is_gone(accounts->view(kAnn)));
}

// RFC 3501 6.3.6
TEST_F(MailboxesTest, ASubscriptionOutlivesItsMailbox) {
  ASSERT_FALSE(create("a/b"));
  must(accounts->set_subscribed(kAnn, "a/b", true));
  must(accounts->delete_mailbox(kAnn, "a/b"));
  EXPECT_THAT(must(accounts->lost_subscriptions(kAnn)), ElementsAre("a/b"));
  // Another node gives the name to a mailbox again, and this one sees it.
  const auto other = world.node();
  EXPECT_TRUE(must(other->create_mailbox(kAnn, "a/b")).subscribed);
  EXPECT_TRUE(mailbox("a/b").subscribed);
  EXPECT_THAT(must(accounts->lost_subscriptions(kAnn)), IsEmpty());
  must(accounts->delete_mailbox(kAnn, "a/b"));
  must(other->set_subscribed(kAnn, "a/b", false));
  EXPECT_THAT(must(accounts->lost_subscriptions(kAnn)), IsEmpty());
  EXPECT_EQ(error_of(accounts->set_subscribed(kAnn, "a/b", false)), MailboxError::kNotFound);
  EXPECT_EQ(error_of(accounts->set_subscribed(kAnn, "a/b", true)), MailboxError::kNotFound);
  must(accounts->erase(kAnn));
  EXPECT_EQ(keys_of(store::Subspace::kAccount), 1u) << "the tombstone";
}

TEST_F(MailboxesTest, LostSubscriptionsAreBounded) {
  auto options = with_folders();
  options.max_mailboxes = 8;
  accounts = world.node(options);
  for (int i = 0; i < 12; ++i) {
    const auto path = "box" + std::to_string(i);
    ASSERT_FALSE(create(path));
    must(accounts->set_subscribed(kAnn, path, true));
    must(accounts->delete_mailbox(kAnn, path));
  }
  EXPECT_EQ(must(accounts->lost_subscriptions(kAnn)).size(), 8u);
}

}  // namespace
}  // namespace gannet::mailbox::testing
