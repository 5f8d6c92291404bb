// Damage, one at a time, to a healthy store; the finding that it makes, its repair, and a clean second run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "directory/schema.h"
#include "fsck/run.h"
#include "mailbox/change.h"
#include "mailbox/schema.h"
#include "mailbox/testing/fixture.h"
#include "mailbox/thread_index.h"
#include "mta/queue/entry.h"
#include "mta/queue/keys.h"
#include "mta/queue/queue.h"
#include "search/index_store.h"
#include "search/indexer.h"
#include "search/indexing_list.h"
#include "search/postings.h"
#include "search/schema.h"
#include "store/blob_links.h"

namespace gannet::fsck {
namespace {

using mailbox::AccountId;
using mailbox::testing::mail;
using mailbox::testing::must;
using mailbox::testing::World;
using Kind = store::BlobLinkKey::Kind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Listed : public Listener {
 public:
  void found(const Finding& finding) override {
    findings.push_back(finding);
    lines.push_back(finding.check + " " + to_string(finding.fate));
  }
  void progress(const std::string&, std::uint64_t, std::uint64_t) override {}
  bool cancelled() override { return false; }

  std::vector<Finding> findings;
  std::vector<std::string> lines;
};

class FsckTest : public ::testing::Test {
 protected:
  static constexpr AccountId kAnn = 7;

  FsckTest()
      : stores{.data = world.data,
               .blob = world.blobs,
               .search = nullptr,
               .search_data = world.data,
               .lookup = nullptr} {
    accounts = world.node();
    for (int i = 0; i < 3; ++i) {
      mailbox::Destination to{.account = kAnn, .keywords = {"work", "later"}};
      documents.push_back(must(accounts->store({mail({.subject = "Hello",
                                                      .id = fmt::format("{}@example.org", i),
                                                      .references = "<root@example.org>",
                                                      .body = fmt::format("body {}\r\n", i)}),
                                                world.clock.now()},
                                               std::span(&to, 1)))
                              .front()
                              .document);
    }
    must(accounts->create_mailbox(kAnn, "Work/Deep"));
    {
      const auto view = must(accounts->view(kAnn));
      const auto lock = view->lock();
      inbox = view->find_mailbox("INBOX")->id;
      work = view->find_mailbox("Work")->id;
      deep = view->find_mailbox("Work/Deep")->id;
    }
    const std::vector<mailbox::Uid> first{1};
    must(accounts->copy(kAnn, inbox, first, work));
    const std::vector<mailbox::Uid> gone{3};
    const std::vector<std::string> deleted{"\\Deleted"};
    must(accounts->set_keywords(kAnn, inbox, gone, mailbox::KeywordAction::kAdd, deleted));
    must(accounts->expunge(kAnn, inbox, std::nullopt));
    must(accounts->take_recent(kAnn, inbox, 3));
    blob = message(documents[0]).blob;
  }

  std::vector<std::string> run(bool repair, bool deep_check = false) {
    const Options options{.repair = repair, .deep = deep_check, .account = std::nullopt};
    Listed listed;
    must(fsck::run({stores, options, world.clock, world.random, listed}));
    last = listed.findings;
    return listed.lines;
  }
  std::optional<std::string> get(const std::string& key) { return must(world.data->get(key)); }
  void set(const std::string& key, const std::string& value) {
    store::WriteBatch batch;
    batch.set(key, value);
    must(world.data->commit(std::move(batch)));
  }
  void clear(const std::string& key) {
    ASSERT_TRUE(get(key)) << "nothing to damage";
    store::WriteBatch batch;
    batch.clear(key);
    must(world.data->commit(std::move(batch)));
  }
  mailbox::MessageRecord message(mailbox::DocumentId document) {
    return must(mailbox::decode_message(document, get(mailbox::message_key(kAnn, document)).value()));
  }
  void edit_state(mailbox::DocumentId document, const std::function<void(mailbox::MessageState&)>& change) {
    mailbox::MessageState state;
    must(mailbox::decode_state(document, get(mailbox::state_key(kAnn, document)).value(), state));
    change(state);
    set(mailbox::state_key(kAnn, document), encode(state));
  }
  void edit_mailbox(mailbox::MailboxId id, const std::function<void(mailbox::Mailbox&)>& change) {
    auto box = must(mailbox::decode_mailbox(id, get(mailbox::mailbox_key(kAnn, id)).value()));
    change(box);
    set(mailbox::mailbox_key(kAnn, id), encode(box));
  }
  void edit_head(const std::function<void(mailbox::Head&)>& change) {
    auto head = must(mailbox::decode_head(get(mailbox::head_key(kAnn)).value()));
    change(head);
    set(mailbox::head_key(kAnn), encode(head));
  }
  // Exactly these, before and after; the second repair finds nothing.
  void expect_repair(const std::vector<std::string>& checks) {
    std::vector<std::string> found, repaired;
    for (const auto& check : checks) {
      found.push_back(check + " found");
      repaired.push_back(check + " repaired");
    }
    EXPECT_EQ(run(false), found) << words();
    EXPECT_EQ(run(true), repaired) << words();
    EXPECT_THAT(run(true), IsEmpty()) << words();
    // And mail goes on.
    mailbox::Destination to{.account = kAnn};
    const auto stored =
        must(accounts->store({mail({.id = "after@example.org"}), world.clock.now()}, std::span(&to, 1)));
    EXPECT_TRUE(stored.at(0).stored);
    EXPECT_THAT(run(false), IsEmpty()) << words();
  }
  void expect_lost(const std::vector<std::string>& checks, bool deep_check = false) {
    std::vector<std::string> lost;
    for (const auto& check : checks) lost.push_back(check + " lost");
    EXPECT_EQ(run(false, deep_check), lost) << words();
    EXPECT_EQ(run(true, deep_check), lost) << words();
    EXPECT_EQ(run(true, deep_check), lost) << words();
  }
  std::string words() const {
    std::string out;
    for (const auto& finding : last) out += finding.check + ": " + finding.what + "\n";
    return out;
  }

  World world;
  store::Stores stores;
  std::shared_ptr<mailbox::Accounts> accounts;
  std::vector<mailbox::DocumentId> documents;
  mailbox::MailboxId inbox = 0, work = 0, deep = 0;
  store::BlobId blob;
  std::vector<Finding> last;
};

TEST_F(FsckTest, FindsNothingWhereNothingIsWrong) {
  EXPECT_THAT(run(false, true), IsEmpty()) << words();
  EXPECT_THAT(run(true, true), IsEmpty()) << words();
}

// --- mailboxes and heads

TEST_F(FsckTest, Quota) {
  edit_head([](auto& head) { head.used += 5; });
  expect_repair({"account.quota"});
}
TEST_F(FsckTest, NextMessageNumber) {
  edit_head([&](auto& head) { head.next_document = 1; });
  expect_repair({"account.counters"});
}
TEST_F(FsckTest, NextMailboxNumber) {
  edit_head([](auto& head) { head.next_mailbox = 2; });
  expect_repair({"account.counters"});
}
TEST_F(FsckTest, LastUidValidity) {
  edit_head([](auto& head) { head.last_uid_validity = 1; });
  expect_repair({"account.counters"});
}
TEST_F(FsckTest, HeadGone) {
  clear(mailbox::head_key(kAnn));
  expect_repair({"account.head"});
}
TEST_F(FsckTest, HeadUnreadable) {
  set(mailbox::head_key(kAnn), "nonsense");
  expect_repair({"account.head"});
}
TEST_F(FsckTest, Counters) {
  edit_mailbox(inbox, [](auto& box) { box.unseen += 1, box.bytes = 3; });
  expect_repair({"mailbox.counters"});
}
TEST_F(FsckTest, UidNext) {
  edit_mailbox(inbox, [](auto& box) { box.uid_next = 2; });
  // The recent mark is above it as well.
  EXPECT_THAT(run(false), ElementsAre("mailbox.uidnext found", "mailbox.recent found"));
  EXPECT_THAT(run(true), ::testing::Contains("mailbox.uidnext repaired"));
  EXPECT_THAT(run(true), IsEmpty());
}
TEST_F(FsckTest, HighestModseq) {
  edit_mailbox(inbox, [](auto& box) { box.highest_modseq = 1, box.created_modseq = 1; });
  expect_repair({"mailbox.modseq"});
}
TEST_F(FsckTest, ModseqOfTheFuture) {
  edit_mailbox(inbox, [](auto& box) { box.highest_modseq = 1000; });
  expect_repair({"mailbox.modseq"});
}
TEST_F(FsckTest, MailboxGone) {
  clear(mailbox::mailbox_key(kAnn, work));
  EXPECT_THAT(run(false), ElementsAre("mailbox.parent found", "mailbox.record found")) << words();
  run(true);
  EXPECT_THAT(run(true), IsEmpty()) << words();
}
TEST_F(FsckTest, InboxGone) {
  clear(mailbox::mailbox_key(kAnn, inbox));
  expect_repair({"mailbox.record"});
}
TEST_F(FsckTest, MailboxUnreadable) {
  set(mailbox::mailbox_key(kAnn, inbox), "?");
  expect_repair({"mailbox.record"});
}
TEST_F(FsckTest, Parent) {
  edit_mailbox(deep, [&](auto& box) { box.parent = deep; });
  expect_repair({"mailbox.parent"});
}
TEST_F(FsckTest, TwoOfOneName) {
  edit_mailbox(work, [](auto& box) { box.name = "INBOX"; });
  expect_repair({"mailbox.name"});
}
TEST_F(FsckTest, TwoOfOneRole) {
  edit_mailbox(work, [](auto& box) { box.role = mailbox::Role::kSent; });
  expect_repair({"mailbox.role"});
}
TEST_F(FsckTest, Recent) {
  set(mailbox::recent_key(kAnn, inbox), mailbox::encode_recent(99));
  expect_repair({"mailbox.recent"});
}
TEST_F(FsckTest, LostSubscriptionOfWhatIsThere) {
  set(mailbox::lost_subscription_key(kAnn, "Work/Deep"), mailbox::encode_lost_subscription());
  expect_repair({"mailbox.subscription"});
}
TEST_F(FsckTest, KeywordGone) {
  clear(mailbox::keyword_key(kAnn, mailbox::KeywordSet::kFirstNamed));
  expect_repair({"keyword.name"});
}
TEST_F(FsckTest, KeywordTwice) {
  set(mailbox::keyword_key(kAnn, mailbox::KeywordSet::kFirstNamed), mailbox::encode_keyword_name("LATER"));
  expect_repair({"keyword.name"});
}
TEST_F(FsckTest, KeywordAboveTheNext) {
  set(mailbox::keyword_key(kAnn, mailbox::KeywordSet::kFirstNamed + 2),
      mailbox::encode_keyword_name("third"));
  expect_repair({"keyword.next"});
}

// --- messages

TEST_F(FsckTest, UnknownKeyword) {
  edit_state(documents[0], [](auto& state) { state.keywords.add(90); });
  expect_repair({"message.keywords"});
}
TEST_F(FsckTest, MessageModseqOfTheFuture) {
  edit_state(documents[1], [](auto& state) { state.places[0].modseq = 900; });
  EXPECT_THAT(run(false), ElementsAre("message.modseq found", "mailbox.modseq found"));
  run(true);
  EXPECT_THAT(run(true), IsEmpty()) << words();
}
TEST_F(FsckTest, OneUidTwice) {
  edit_state(documents[1], [](auto& state) { state.places[0].uid = 1; });
  expect_repair({"mailbox.uids"});
}
TEST_F(FsckTest, TwiceInOneMailbox) {
  edit_state(documents[1], [](auto& state) { state.places.push_back(state.places[0]); });
  expect_repair({"message.places"});
}
TEST_F(FsckTest, StateGone) {
  clear(mailbox::state_key(kAnn, documents[1]));
  EXPECT_THAT(run(false), ElementsAre("mailbox.counters found", "message.state found", "account.quota found"))
      << words();
  run(true);
  EXPECT_THAT(run(true), IsEmpty()) << words();
  const auto view = must(accounts->view(kAnn));
  const auto lock = view->lock();
  EXPECT_THAT(view->uids(inbox), ElementsAre(1, 4));
}
TEST_F(FsckTest, RecordGone) {
  clear(mailbox::message_key(kAnn, documents[1]));
  const auto waiting = search::waiting_prefix(kAnn) + KeyWriter().u32(documents[1]).take();
  clear(waiting);
  expect_lost({"message.record"});
}
TEST_F(FsckTest, Thread) {
  auto record = message(documents[0]);
  record.thread = 77;
  set(mailbox::message_key(kAnn, documents[0]), encode(record));
  expect_repair({"message.thread"});
}
TEST_F(FsckTest, ThreadIndexHasTooMuch) {
  set(mailbox::thread_id_key(kAnn, std::string(16, 'x')), mailbox::encode_thread(4000));
  expect_repair({"thread.leftover"});
}
TEST_F(FsckTest, ThreadIndexLacksAnId) {
  const auto record = message(documents[0]);
  const auto summary = mime::decode_summary(record.summary);
  clear(mailbox::thread_id_key(kAnn, mailbox::thread_hashes(*summary).front()));
  expect_repair({"thread.missing"});
}
TEST_F(FsckTest, ChangeGone) {
  const auto head = must(mailbox::decode_head(get(mailbox::head_key(kAnn)).value()));
  clear(mailbox::change_key(kAnn, head.modseq - 1));
  expect_repair({"changes.log"});
}
TEST_F(FsckTest, ChangeOfTheFuture) {
  set(mailbox::change_key(kAnn, 5000), mailbox::encode_change({5000, {}}).front());
  expect_repair({"changes.log"});
}
TEST_F(FsckTest, ExpungedGone) {
  const auto page =
      must(world.data->scan({.begin = mailbox::expunged_key(kAnn, 0), .end = mailbox::expunged_end(kAnn)}));
  clear(page.items.at(0).key);
  expect_repair({"changes.expunged"});
}

// --- blobs

TEST_F(FsckTest, BlobGone) {
  must(world.blobs->remove(blob));
  expect_lost({"message.blob"});
}
TEST_F(FsckTest, LinkGone) {
  clear(store::blob_link_key(blob, Kind::kLink, mailbox::blob_owner(kAnn, documents[0])));
  EXPECT_THAT(run(false), ElementsAre("message.link found", "blob.candidate found"));
  EXPECT_THAT(run(true), ElementsAre("message.link repaired"));
  EXPECT_THAT(run(true), IsEmpty()) << words();
}
TEST_F(FsckTest, LinkOfAnOwnerThatIsGone) {
  store::WriteBatch batch;
  store::link_blob(batch, blob, mailbox::blob_owner(400, 3), world.clock.now(), world.random);
  store::link_blob(batch, blob, mta::blob_owner(3), world.clock.now(), world.random);
  must(world.data->commit(std::move(batch)));
  expect_repair({"blob.link", "blob.link"});
}
TEST_F(FsckTest, EpochGone) {
  clear(store::blob_link_key(blob, Kind::kEpoch));
  EXPECT_THAT(run(false), ElementsAre("message.link found", "blob.epoch found"));
  EXPECT_THAT(run(true), ElementsAre("message.link repaired"));
  EXPECT_THAT(run(true), IsEmpty()) << words();
}
TEST_F(FsckTest, TombstoneOnWhatIsUsed) {
  set(store::blob_link_key(blob, Kind::kTombstone), "x");
  expect_repair({"blob.tombstone"});
}
TEST_F(FsckTest, UnknownBlob) {
  must(world.blobs->put(store::BlobId::of("nobody's"), "nobody's"));
  expect_repair({"blob.unknown"});
}
TEST_F(FsckTest, BlobThatNobodyWouldCollect) {
  const auto id = store::BlobId::of("nobody's");
  store::WriteBatch batch;
  store::reserve_blob(batch, id, world.clock.now(), world.random);
  must(world.data->commit(std::move(batch)));
  clear(store::blob_link_key(id, Kind::kCandidate));
  expect_repair({"blob.candidate"});
}

// --- the index

TEST_F(FsckTest, WaitsThoughItIsGone) {
  store::WriteBatch batch;
  search::list_added(batch, kAnn, 4000, blob, {}, world.clock.now());
  must(world.data->commit(std::move(batch)));
  expect_repair({"index.waiting"});
}
TEST_F(FsckTest, NeitherIndexedNorWaiting) {
  clear(search::waiting_prefix(kAnn) + KeyWriter().u32(documents[1]).take());
  expect_repair({"index.missing"});
}
TEST_F(FsckTest, IndexedThoughItIsGone) {
  Roaring live;
  live.add(4000u);
  search::Head head;
  head.next_segment = 2;
  head.segments.push_back({.id = 1, .live = 1, .dead = 0, .bytes = 1});
  set(search::head_key(kAnn), encode(head));
  set(search::live_key(kAnn, 1, 0), search::encode_documents(live));
  expect_repair({"index.gone"});
}

// --- the queue

class FsckQueueTest : public FsckTest {
 protected:
  FsckQueueTest() {
    entry.id = 0x1234567;
    entry.created = entry.due = entry.expires = world.clock.now();
    entry.sender = "a@example.org";
    entry.blob = blob;
    store::WriteBatch batch;
    mta::Queue(stores, world.clock, world.random).enqueue(batch, entry);
    must(world.data->commit(std::move(batch)));
  }
  mta::Entry entry;
};

TEST_F(FsckQueueTest, Healthy) {
  EXPECT_THAT(run(false), IsEmpty()) << words();
}
TEST_F(FsckQueueTest, DueGone) {
  clear(mta::due_key(entry.due, entry.id));
  expect_repair({"queue.due"});
}
TEST_F(FsckQueueTest, DueTwice) {
  set(mta::due_key(entry.due + Duration(5), entry.id), {});
  expect_repair({"queue.stray"});
}
TEST_F(FsckQueueTest, DueOfNothing) {
  set(mta::due_key(entry.due, 99), {});
  expect_repair({"queue.stray"});
}
TEST_F(FsckQueueTest, LinkGone) {
  clear(store::blob_link_key(blob, Kind::kLink, mta::blob_owner(entry.id)));
  expect_repair({"queue.link"});
}
TEST_F(FsckQueueTest, BlobGone) {
  entry.blob = store::BlobId::of("gone");
  entry.id = 5;
  store::WriteBatch batch;
  mta::Queue(stores, world.clock, world.random).enqueue(batch, entry);
  must(world.data->commit(std::move(batch)));
  expect_lost({"queue.blob"});
}

// --- the directory

class FsckDirectoryTest : public FsckTest {
 protected:
  FsckDirectoryTest() {
    put({.type = directory::PrincipalType::kDomain, .name = "example.org"});
    put({.id = kAnn,
         .type = directory::PrincipalType::kIndividual,
         .name = "ann@example.org",
         .emails = {"ann@example.org"}});
    set(directory::next_number_key(), directory::encode_number(kAnn + 1));
  }
  void put(directory::Principal p) {
    set(directory::principal_key(p.name), directory::encode_principal({p, {}}));
    set(directory::type_key(p.type, p.name), {});
    if (p.id != 0) set(directory::number_key(p.id), p.name);
    for (const auto& email : p.emails) {
      set(directory::address_key(email), p.name);
      set(directory::domain_address_key("example.org", email), {});
    }
  }
};

TEST_F(FsckDirectoryTest, Healthy) {
  EXPECT_THAT(run(false), IsEmpty()) << words();
}
TEST_F(FsckDirectoryTest, AddressGone) {
  clear(directory::address_key("ann@example.org"));
  EXPECT_THAT(run(false), ::testing::Contains("directory.missing found"));
  run(true);
  EXPECT_THAT(run(true), IsEmpty()) << words();
}
TEST_F(FsckDirectoryTest, NumberGone) {
  clear(directory::number_key(kAnn));
  expect_repair({"directory.missing"});
}
TEST_F(FsckDirectoryTest, TypeGone) {
  clear(directory::type_key(directory::PrincipalType::kIndividual, "ann@example.org"));
  expect_repair({"directory.missing"});
}
TEST_F(FsckDirectoryTest, AddressOfNobody) {
  set(directory::address_key("bob@example.org"), "ann@example.org");
  expect_repair({"directory.leftover"});
}
TEST_F(FsckDirectoryTest, NextNumber) {
  set(directory::next_number_key(), directory::encode_number(kAnn));
  expect_repair({"directory.next"});
}
TEST_F(FsckDirectoryTest, NumberTwice) {
  put({.id = kAnn + 20, .type = directory::PrincipalType::kIndividual, .name = "bob@example.org"});
  set(directory::principal_key("bob@example.org"),
      directory::encode_principal(
          {{.id = kAnn, .type = directory::PrincipalType::kIndividual, .name = "bob@example.org"}, {}}));
  EXPECT_THAT(run(false), ::testing::Contains("directory.principal lost"));
}
TEST_F(FsckDirectoryTest, PrincipalUnreadable) {
  set(directory::principal_key("ann@example.org"), "?");
  expect_lost({"directory.principal"});
}
TEST_F(FsckDirectoryTest, MemberOfNothing) {
  put({.id = kAnn,
       .type = directory::PrincipalType::kIndividual,
       .name = "ann@example.org",
       .emails = {"ann@example.org"},
       .member_of = {"crew"}});
  expect_repair({"directory.members"});
}

}  // namespace
}  // namespace gannet::fsck
