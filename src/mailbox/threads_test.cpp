// RFC 8621 3: a thread is messages that share a message id and a base subject.
#include "mailbox/testing/fixture.h"

namespace gannet::mailbox::testing {
namespace {

class ThreadsTest : public MailboxTest {
 protected:
  Stored send(const std::string& id, const std::string& references = "", const std::string& subject = "Plan",
              const std::string& in_reply_to = "") {
    return deliver(
        mail({.subject = subject, .id = id, .references = references, .in_reply_to = in_reply_to}));
  }
  ThreadId thread(const Stored& stored) { return entry("INBOX", stored.places.at(0).uid)->thread; }
  ThreadId recorded(const Stored& stored) {
    const auto records = must(accounts->messages(kAnn, std::span(&stored.document, 1)));
    return records.at(0) ? records.at(0)->thread : 0;
  }
  void remove(const Stored& stored) {
    flag("INBOX", {stored.places.at(0).uid}, KeywordAction::kAdd, {"\\Deleted"});
    must(accounts->expunge(kAnn, id_of("INBOX"), std::nullopt));
  }
};

TEST_F(ThreadsTest, RepliesJoin) {
  const Stored first = send("1@x");
  EXPECT_EQ(first.thread, first.document);
  EXPECT_EQ(send("2@x", "<1@x>", "Re: Plan").thread, first.thread);
  EXPECT_EQ(send("3@x", "<0@x> <2@x>", "AW: Re:  PLAN (fwd)").thread == first.thread,
            false);  // AW: is no prefix
  EXPECT_EQ(send("4@x", "", "RE: [list] plan", "<2@x>").thread, first.thread);
  EXPECT_EQ(send("5@x", "<9@x>", "Re: P lan", "<1@x>").thread, first.thread);  // both fields count
}

TEST_F(ThreadsTest, AnotherSubjectIsAnotherThread) {
  const Stored first = send("1@x");
  EXPECT_NE(send("2@x", "<1@x>", "Lunch").thread, first.thread);
  EXPECT_NE(send("3@x").thread, first.thread);  // and so are other ids
  EXPECT_NE(deliver(mail({.subject = "Plan"})).thread, first.thread);
}

TEST_F(ThreadsTest, TwoAnswersToWhatNeverCameAreOfOneThread) {
  EXPECT_EQ(send("2@x", "<1@x>").thread, send("3@x", "<1@x>").thread);
}

TEST_F(ThreadsTest, TheMissingLinkJoinsWhatCameBefore) {
  const Stored one = send("1@x"), three = send("3@x", "<2@x>");
  const Stored four = send("4@x", "<3@x>");
  EXPECT_NE(one.thread, three.thread);
  const Stored two = send("2@x", "<1@x>");
  EXPECT_EQ(two.thread, one.thread);
  for (const Stored* stored : {&one, &two, &three, &four}) {
    EXPECT_EQ(thread(*stored), one.thread);
    EXPECT_EQ(recorded(*stored), one.thread);
  }
  EXPECT_EQ(send("5@x", "<4@x>").thread, one.thread);
  accounts = world.node();
  EXPECT_EQ(thread(four), one.thread);
}

TEST_F(ThreadsTest, ANodeWithoutTheColumnsJoinsToo) {
  const Stored one = send("1@x"), three = send("3@x", "<2@x>");
  accounts = world.node();
  EXPECT_EQ(send("2@x", "<1@x>").thread, one.thread);
  EXPECT_EQ(thread(three), one.thread);
}

TEST_F(ThreadsTest, AThreadOutlivesItsFirstMessage) {
  const Stored one = send("1@x"), two = send("2@x", "<1@x>");
  remove(one);
  EXPECT_EQ(thread(two), one.thread);
  EXPECT_EQ(send("3@x", "<1@x>").thread, one.thread);  // by a reference to what is gone
}

TEST_F(ThreadsTest, NothingIsLeftOfAThreadWithoutMessages) {
  const Stored one = send("1@x"), three = send("3@x", "<2@x>"), two = send("2@x", "<1@x>");
  const Stored four = send("4@x", "<3@x> <2@x>");
  for (const Stored* stored : {&two, &one, &four}) remove(*stored);
  EXPECT_GT(keys_of(store::Subspace::kThread), 0u);
  remove(three);
  EXPECT_EQ(keys_of(store::Subspace::kThread), 0u);
}

TEST_F(ThreadsTest, AVeryLongListOfReferencesCostsBoundedKeys) {
  std::string references;
  for (int i = 0; i < 600; ++i) references += "<" + std::to_string(i) + "@y>\r\n ";
  const Stored first = send("1@x", references);
  EXPECT_LE(keys_of(store::Subspace::kThread), 32u);
  EXPECT_EQ(send("2@x", "<0@y>").thread, first.thread);    // the root
  EXPECT_EQ(send("3@x", "<599@y>").thread, first.thread);  // and the nearest
}

}  // namespace
}  // namespace gannet::mailbox::testing
