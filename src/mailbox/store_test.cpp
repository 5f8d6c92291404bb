#include "mailbox/testing/fixture.h"
#include "mime/summary.h"

namespace gannet::mailbox::testing {
namespace {

using gannet::store::testing::Fault;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

using StoreTest = MailboxTest;

TEST_F(StoreTest, AMessageIsFoundInItsMailboxAndReadsAsItWasSent) {
  const Stored stored = deliver(mail({.id = "1@example.org"}));
  ASSERT_TRUE(stored.stored);
  ASSERT_EQ(stored.places.size(), 1u);
  EXPECT_EQ(stored.places[0].mailbox, id_of("INBOX"));
  EXPECT_EQ(stored.places[0].uid_validity, mailbox("INBOX").uid_validity);
  EXPECT_EQ(stored.places[0].uid, 1u);

  EXPECT_THAT(uids("INBOX"), ElementsAre(1));
  const auto found = entry("INBOX", 1);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->document, stored.document);
  EXPECT_EQ(found->modseq, stored.modseq);
  EXPECT_EQ(found->size, mail({.id = "1@example.org"}).size());
  EXPECT_EQ(found->received, world.clock.now());
  EXPECT_EQ(text_of(stored.document), mail({.id = "1@example.org"}));
  const auto box = mailbox("INBOX");
  EXPECT_EQ(box.messages, 1u);
  EXPECT_EQ(box.unseen, 1u);
  EXPECT_EQ(box.bytes, found->size);
  EXPECT_EQ(box.uid_next, 2u);
  EXPECT_EQ(box.highest_modseq, stored.modseq);
  EXPECT_EQ(used(), found->size);
}

TEST_F(StoreTest, TheFirstUseOfAnAccountMakesItsFolders) {
  EXPECT_THAT(paths(), ElementsAre("Deleted Items", "Drafts", "INBOX", "Junk Mail", "Sent Items"));
  EXPECT_EQ(mailbox("Junk Mail").role, Role::kJunk);
  EXPECT_EQ(mailbox("inbox").role, Role::kInbox);
  EXPECT_TRUE(mailbox("Drafts").subscribed);
  deliver(mail(), kBob);  // by a delivery as by a login
  EXPECT_EQ(paths(kBob).size(), 5u);
}

TEST_F(StoreTest, WhatAnAccountTakesIsKnownWithoutTheStoreOnceItIsInMemory) {
  EXPECT_FALSE(accounts->quota_used_now(kAnn));
  deliver(mail());
  const auto reads = world.data->reads();
  const auto octets = accounts->quota_used_now(kAnn);
  EXPECT_EQ(world.data->reads(), reads);
  EXPECT_EQ(octets, used());
  deliver(mail({.id = "2@example.org"}));
  EXPECT_EQ(accounts->quota_used_now(kAnn), used());
}

TEST_F(StoreTest, ADeliveryIsOneCommitOfFewKeysAndOneRead) {
  deliver();
  const auto commits = world.data->commits(), reads = world.data->reads();
  deliver(mail({.subject = "Two", .id = "2@example.org"}));
  EXPECT_EQ(world.data->commits() - commits, 1u);
  EXPECT_LE(world.data->reads() - reads, 2u);  // the thread, and whether the blob is there
}

TEST_F(StoreTest, CopiesForManyShareOneBlobAndDifferInTheirTrace) {
  const std::string content = mail();
  const std::vector<Destination> destinations = {
      {.account = kAnn, .trace = "Delivered-To: ann@example.org\r\n"},
      {.account = kBob, .trace = "Delivered-To: robert@example.org\r\n"}};
  const auto stored = must(accounts->store({content, world.clock.now()}, destinations));
  ASSERT_EQ(stored.size(), 2u);
  EXPECT_EQ(text_of(stored[0].document, kAnn), destinations[0].trace + content);
  EXPECT_EQ(text_of(stored[1].document, kBob), destinations[1].trace + content);
  EXPECT_EQ(must(world.blobs->list(std::nullopt, 100)).size(), 1u);

  const auto record = must(accounts->messages(kBob, std::span(&stored[1].document, 1)))[0];
  ASSERT_TRUE(record);
  const auto summary = mime::decode_summary(record->summary);
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->size, destinations[1].trace.size() + content.size());
  const auto part = [&](mime::SectionKind kind) {
    const auto section = mime::find_section(*summary, {}, kind);
    return section ? must(accounts->content(*record, section->range.begin, section->range.size())) : "?";
  };
  EXPECT_EQ(part(mime::SectionKind::kText), "Good morning.\r\n");
  EXPECT_EQ(part(mime::SectionKind::kHeader), destinations[1].trace + content.substr(0, content.size() - 15));
}

TEST_F(StoreTest, PartsAreFoundBehindATrace) {
  const std::string content =
      "Subject: parts\r\nContent-Type: multipart/mixed; "
      "boundary=b\r\n\r\npreamble\r\n--b\r\n\r\nfirst\r\n--b\r\n"
      "Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninner body\r\n--b--\r\n";
  const Stored stored = deliver(content, {.account = kAnn, .trace = "Delivered-To: ann@example.org\r\n"});
  const auto record = must(accounts->messages(kAnn, std::span(&stored.document, 1)))[0];
  ASSERT_TRUE(record);
  const auto summary = mime::decode_summary(record->summary);
  ASSERT_TRUE(summary);
  const auto part = [&](std::vector<std::uint32_t> path, mime::SectionKind kind) {
    const auto section = mime::find_section(*summary, path, kind);
    return section ? must(accounts->content(*record, section->range.begin, section->range.size())) : "?";
  };
  EXPECT_EQ(part({1}, mime::SectionKind::kAll), "first");
  EXPECT_EQ(part({2}, mime::SectionKind::kMime), "Content-Type: message/rfc822\r\n\r\n");
  EXPECT_EQ(part({2}, mime::SectionKind::kHeader), "Subject: inner\r\n\r\n");
  EXPECT_EQ(part({2, 1}, mime::SectionKind::kAll), "inner body");
}

TEST_F(StoreTest, ContentIsReadInRangesAcrossTheTrace) {
  const Stored stored = deliver("A: 1\r\n\r\nbody", {.account = kAnn, .trace = "T: x\r\n"});
  const auto record = must(accounts->messages(kAnn, std::span(&stored.document, 1)))[0];
  ASSERT_TRUE(record);
  const std::string whole = "T: x\r\nA: 1\r\n\r\nbody";
  for (std::size_t begin = 0; begin <= whole.size() + 1; ++begin)
    for (std::size_t length = 0; length <= whole.size() + 1; ++length)
      EXPECT_EQ(must(accounts->content(*record, begin, length)),
                begin < whole.size() ? whole.substr(begin, length) : "");
}

TEST_F(StoreTest, AMessageInSeveralMailboxesIsOneMessage) {
  const Stored stored =
      deliver(mail(), {.account = kAnn, .mailboxes = {id_of("INBOX"), id_of("Drafts"), id_of("INBOX")}});
  EXPECT_EQ(stored.places.size(), 2u);
  EXPECT_EQ(entry("INBOX", 1)->document, entry("Drafts", 1)->document);
  EXPECT_EQ(used(), mail().size());
}

TEST_F(StoreTest, KeywordsComeWithTheMessage) {
  deliver_to("INBOX", {"\\Seen", "$Junk", "Important"});
  EXPECT_THAT(flags("INBOX", 1), ElementsAre("\\Seen", "$Junk", "Important"));
  EXPECT_EQ(mailbox("INBOX").unseen, 0u);
  deliver_to("INBOX", {"IMPORTANT", "$junk"});  // the first spelling stays
  EXPECT_THAT(flags("INBOX", 2), ElementsAre("$Junk", "Important"));
}

TEST_F(StoreTest, WhoCannotBeServedKeepsNobodyElseFromIt) {
  deliver();
  const std::vector<Destination> destinations = {
      {.account = kAnn, .quota = mail().size() + 10}, {.account = kBob},
      {.account = kBob, .mailboxes = {999}},          {.account = kBob, .keywords = {"not a keyword"}},
      {.account = kBob, .keywords = {"\\Recent"}},
  };
  const auto stored = must(accounts->store({mail(), world.clock.now()}, destinations));
  ASSERT_EQ(stored.size(), 5u);
  EXPECT_FALSE(stored[0].stored);
  EXPECT_TRUE(stored[0].error->is(MailboxError::kOverQuota));
  EXPECT_TRUE(stored[0].error->retry_can_help());
  EXPECT_TRUE(stored[1].stored);
  EXPECT_TRUE(stored[2].error->is(MailboxError::kNotFound));
  EXPECT_TRUE(stored[3].error->is(MailboxError::kInvalid));
  EXPECT_TRUE(stored[4].error->is(MailboxError::kInvalid));
  EXPECT_EQ(mailbox("INBOX").messages, 1u);
  EXPECT_EQ(mailbox("INBOX", kBob).messages, 1u);
}

class InOrder : public MailboxTest {
 protected:
  std::vector<std::string> contents(int count, const std::string& body = "Good morning.\r\n") {
    std::vector<std::string> out;
    for (int i = 0; i < count; ++i) out.push_back(mail({.subject = std::to_string(i), .body = body}));
    return out;
  }
  std::vector<Result<Stored>> store(const std::vector<std::string>& texts, std::uint64_t quota = 0) {
    std::vector<Accounts::Incoming> messages;
    for (const auto& text : texts)
      messages.push_back({{text, world.clock.now()}, {.account = kAnn, .quota = quota}});
    return accounts->store_in_order(messages);
  }
  static bool is_stored(const Result<Stored>& one) { return one && one->stored; }
  static Error why(const Result<Stored>& one) { return one ? *one->error : one.error(); }
};

TEST_F(InOrder, FewCommitsAndEveryUidInItsPlace) {
  deliver();
  const auto before = world.data->commits();
  const auto stored = store(contents(200));
  ASSERT_EQ(stored.size(), 200u);
  for (std::size_t i = 0; i < stored.size(); ++i) {
    ASSERT_TRUE(is_stored(stored[i])) << why(stored[i]).describe();
    EXPECT_EQ(stored[i]->places.front().uid, i + 2);
  }
  EXPECT_LE(world.data->commits() - before, 5u);
  EXPECT_TRUE(store({}).empty());
}

TEST_F(InOrder, NothingComesAfterWhatHasNoRoom) {
  auto texts = contents(100);
  texts[70] = mail({.body = std::string(200'000, 'x')});  // in the second commit
  const auto stored = store(texts, 100'000);
  for (std::size_t i = 0; i < 70; ++i) EXPECT_TRUE(is_stored(stored[i])) << i;
  EXPECT_TRUE(why(stored[70]).is(MailboxError::kOverQuota));
  for (std::size_t i = 71; i < 100; ++i) EXPECT_TRUE(why(stored[i]).is(MailboxError::kUnavailable)) << i;
  EXPECT_EQ(mailbox("INBOX").messages, 70u);
}

TEST_F(InOrder, NothingComesAfterWhatFailed) {
  deliver();
  std::uint64_t later = 0;
  world.data->plan_commits(
      [&](std::uint64_t, const store::WriteBatch&) { return ++later == 2 ? Fault{Fault::kLost} : Fault{}; });
  const auto stored = store(contents(200));
  std::size_t first = 0;
  while (first < stored.size() && is_stored(stored[first])) ++first;
  EXPECT_GT(first, 0u);
  for (std::size_t i = first; i < stored.size(); ++i)
    EXPECT_TRUE(why(stored[i]).is(MailboxError::kUnavailable)) << i;
  EXPECT_EQ(later, 2u) << "what comes after an unknown end was tried all the same";
  world.data->plan_commits(nullptr);
  EXPECT_EQ(mailbox("INBOX").messages, 1 + 2 * first)
      << "as many were stored by the commit whose answer was lost";
}

TEST_F(InOrder, OneThatCannotBeDoesNotStopTheRest) {
  std::vector<Accounts::Incoming> messages;
  const auto texts = contents(3);
  for (const auto& text : texts) messages.push_back({{text, world.clock.now()}, {.account = kAnn}});
  messages[1].destination.keywords = {"not a keyword"};
  const auto stored = accounts->store_in_order(messages);
  EXPECT_TRUE(is_stored(stored[0]) && is_stored(stored[2]));
  EXPECT_TRUE(why(stored[1]).is(MailboxError::kInvalid));
  // With a conflict at each try they go one by one.
  int conflicts = 0;
  world.data->plan_commits([&](std::uint64_t, const store::WriteBatch&) {
    return ++conflicts <= 3 ? Fault{Fault::kConflict} : Fault{};
  });
  for (const auto& one : store(texts)) EXPECT_TRUE(is_stored(one)) << why(one).describe();
  EXPECT_EQ(mailbox("INBOX").messages, 5u);
}

TEST_F(StoreTest, AQuotaIsUsedToItsLastByte) {
  const std::uint64_t size = mail().size();
  EXPECT_TRUE(deliver(mail(), {.account = kAnn, .quota = 2 * size}).stored);
  EXPECT_TRUE(deliver(mail(), {.account = kAnn, .quota = 2 * size}).stored);
  EXPECT_FALSE(deliver(mail(), {.account = kAnn, .quota = 2 * size}).stored);
  EXPECT_EQ(used(), 2 * size);
}

TEST_F(StoreTest, ExtraIsCommittedWithTheMessagesAndKnowsWhatBecameOfThem) {
  const std::vector<Destination> destinations = {{.account = kAnn}, {.account = kBob, .mailboxes = {999}}};
  std::vector<bool> told;
  const Accounts::Extra extra = [&](std::span<const Stored> stored) -> Result<store::WriteBatch> {
    told.clear();
    for (const auto& one : stored) told.push_back(one.stored);
    store::WriteBatch batch;
    batch.set("q-entry", "for bob");
    return batch;
  };
  const auto commits = world.data->commits();
  const auto stored = must(accounts->store({mail(), world.clock.now()}, destinations, extra));
  EXPECT_THAT(told, ElementsAre(true, false));
  EXPECT_EQ(must(world.data->get("q-entry")), "for bob");
  EXPECT_EQ(world.data->commits() - commits, 1u);

  // For nobody here: the content is kept all the same.
  must(accounts->store({"Subject: elsewhere\r\n\r\n", world.clock.now()}, {}, extra));
  EXPECT_TRUE(must(world.blobs->exists(store::BlobId::of("Subject: elsewhere\r\n\r\n"))));
}

TEST_F(StoreTest, AnExtraThatFailsLeavesNothing) {
  const std::vector<Destination> destinations = {{.account = kAnn}};
  const auto result = accounts->store({mail(), world.clock.now()}, destinations,
                                      [](std::span<const Stored>) -> Result<store::WriteBatch> {
                                        return fail(MailboxError::kInvalid, "no");
                                      });
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().is(MailboxError::kInvalid));
  EXPECT_THAT(uids("INBOX"), IsEmpty());
}

TEST_F(StoreTest, LimitsAreKept) {
  AccountsOptions options;
  options.max_message_size = 100;
  options.max_keywords = 2;
  accounts = world.node(options);
  const std::vector<Destination> destinations = {{.account = kAnn}};
  const auto large = accounts->store({std::string(101, 'x'), world.clock.now()}, destinations);
  ASSERT_FALSE(large);
  EXPECT_TRUE(large.error().is(MailboxError::kLimit));
  EXPECT_TRUE(deliver("a: b\r\n\r\n", {.account = kAnn, .keywords = {"one", "two"}}).stored);
  const auto third = deliver("a: b\r\n\r\n", {.account = kAnn, .keywords = {"one", "three"}});
  ASSERT_TRUE(third.error);
  EXPECT_TRUE(third.error->is(MailboxError::kLimit));
  EXPECT_THAT(third.error->text(), HasSubstr("2 keywords"));
}

TEST_F(StoreTest, AnythingIsAMessage) {
  for (const std::string content : {"", "\r\n", "no header", "a: b", "\0\xff\x80"}) {
    const Stored stored = deliver(content);
    ASSERT_TRUE(stored.stored);
    EXPECT_EQ(text_of(stored.document), content);
  }
}

TEST_F(StoreTest, AStoreThatDoesNotAnswerIsUnavailable) {
  deliver();
  world.data->plan_commits([](std::uint64_t, const store::WriteBatch&) -> store::testing::Fault {
    return {.kind = store::testing::Fault::kFull};
  });
  const std::vector<Destination> destinations = {{.account = kAnn}};
  const auto result = accounts->store({mail(), world.clock.now()}, destinations);
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().is(MailboxError::kUnavailable));
  EXPECT_TRUE(result.error().retry_can_help());
  EXPECT_THAT(result.error().detail(), Not(IsEmpty()));
}

TEST_F(StoreTest, ARestartFindsEverything) {
  deliver_to("Drafts", {"$Label7"});
  deliver();
  accounts.reset();
  world.close();
  world.open();
  accounts = world.node();
  EXPECT_THAT(uids("INBOX"), ElementsAre(1));
  EXPECT_THAT(flags("Drafts", 1), ElementsAre("$Label7"));
  EXPECT_EQ(deliver().places[0].uid, 2u);
}

TEST_F(StoreTest, AnnouncementsComeAfterTheCommitAndEndWithTheSubscription) {
  deliver();
  std::vector<Modseq> heard;
  auto subscription = accounts->subscribe(kAnn, [&](AccountId account, Modseq modseq) {
    EXPECT_EQ(account, kAnn);
    const auto view = must(accounts->view(kAnn));  // no lock is held: it may even look
    EXPECT_EQ(view->modseq(), modseq);
    heard.push_back(modseq);
  });
  const Stored stored = deliver();
  deliver(mail(), kBob);
  flag("INBOX", {1}, KeywordAction::kAdd, {"\\Seen"});
  EXPECT_THAT(heard, ElementsAre(stored.modseq, stored.modseq + 1));
  flag("INBOX", {1}, KeywordAction::kAdd, {"\\Seen"});  // nothing changes
  subscription.reset();
  deliver();
  EXPECT_EQ(heard.size(), 2u);
}

}  // namespace
}  // namespace gannet::mailbox::testing
