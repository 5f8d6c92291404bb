// What waits is indexed, once, whatever goes wrong between.
#include "search/indexer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <thread>
#include <utility>

#include "base/bytes.h"
#include "observe/metrics.h"
#include "search/coverage.h"
#include "search/finder.h"
#include "search/index_store.h"
#include "store/blob_links.h"
#include "store/data_blob_store.h"
#include "store/rocksdb/rocksdb_store.h"
#include "store/testing/faulty_data_store.h"
#include "tests/contract/harness.h"

namespace gannet::search {
namespace {

using store::BlobId;
using store::SearchField;
using store::SearchQuery;
using store::WriteBatch;
using store::testing::Fault;
using testing::ElementsAre;
using testing::IsEmpty;

class IndexerTest : public testing::Test {
 protected:
  static std::string mail(const std::string& subject, const std::string& body = "text\r\n") {
    return "From: Ann <ann@example.org>\r\nSubject: " + subject + "\r\n\r\n" + body;
  }
  void store(std::uint32_t document, const std::string& content, std::uint32_t account = 1) {
    WriteBatch batch;
    const auto id = BlobId::of(content);
    ASSERT_TRUE(blobs_->put_with(batch, id, content));
    list_added(batch, account, document, id, "Delivered-To: traced@example.org\r\n", clock_.now());
    ASSERT_TRUE(data_->commit(std::move(batch)));
  }
  void remove(std::uint32_t document) {
    WriteBatch batch;
    list_removed(batch, 1, document, clock_.now());
    ASSERT_TRUE(data_->commit(std::move(batch)));
  }
  std::vector<std::uint32_t> find(const std::string& text, SearchField field = SearchField::kAny,
                                  SearchQuery::Kind kind = SearchQuery::Kind::kWord) {
    SearchQuery query;
    query.kind = kind, query.field = field, query.text = text;
    return *index_->query(1, query);
  }
  bool candidate(const std::string& text, std::uint32_t document) {
    SearchQuery query;
    query.kind = SearchQuery::Kind::kSubstring, query.field = SearchField::kBody, query.text = text;
    return (*Finder(index_, data_).candidates(1, query))(document);
  }
  std::uint64_t waiting() { return lag(*data_)->waiting; }
  static void wait_for(const std::function<bool()>& done) {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!done() && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
    ASSERT_TRUE(done());
  }
  Indexer indexer(IndexerOptions options = {}) {
    return Indexer(
        {.data = data_, .blob = blobs_, .search = nullptr, .search_data = data_, .lookup = lookups_}, index_,
        options, clock_, "node");
  }

  ManualClock clock_;
  store::contract::TemporaryDirectory folder_;
  std::shared_ptr<store::testing::FaultyDataStore> data_ = std::make_shared<store::testing::FaultyDataStore>(
      *store::open_rocksdb({.path = folder_.path() + "/db"}, clock_), clock_);
  std::shared_ptr<store::BlobStore> blobs_ = store::blob_store_over(data_);
  std::shared_ptr<store::LookupStore> lookups_ = store::memory_lookup_store(1 << 20, clock_);
  std::shared_ptr<IndexStore> index_ = index_over(data_);
};

TEST_F(IndexerTest, WorksTheListOff) {
  store(1, mail("Lunch"));
  store(2, mail("Dinner", "Not hungry\r\n"));
  EXPECT_TRUE(candidate("hungry", 1)) << "nobody has looked yet";
  auto indexer = this->indexer();
  EXPECT_EQ(*indexer.run_once("a"), 2u);
  EXPECT_EQ(waiting(), 0u);
  EXPECT_THAT(find("lunch", SearchField::kSubject), ElementsAre(1));
  EXPECT_THAT(find("ann", SearchField::kFrom), ElementsAre(1, 2));
  EXPECT_THAT(find("traced", SearchField::kHeader, SearchQuery::Kind::kSubstring), ElementsAre(1, 2));
  EXPECT_FALSE(candidate("hungry", 1));
  EXPECT_TRUE(candidate("ungr", 2));
  remove(1);
  EXPECT_EQ(*indexer.run_once("a"), 1u);
  EXPECT_THAT(find("lunch"), IsEmpty());
}

TEST_F(IndexerTest, AnEntryThatIsReplacedMeanwhileCounts) {
  store(1, mail("Lunch"));
  bool done = false;
  data_->plan_commits([&](std::uint64_t, const WriteBatch&) {
    if (std::exchange(done, true)) return Fault{};
    return Fault{.before = [&] { remove(1); }};
  });
  ASSERT_TRUE(indexer().run_once("a"));
  EXPECT_EQ(waiting(), 0u);
  EXPECT_THAT(find("lunch"), IsEmpty());
}

TEST_F(IndexerTest, GoesOnAfterAFailure) {
  for (std::uint32_t i = 1; i <= 5; ++i) store(i, mail("Number " + std::to_string(i)));
  for (const auto kind : {Fault::kUnavailable, Fault::kLost, Fault::kConflict}) {
    bool done = false;
    data_->plan_commits([&](std::uint64_t, const WriteBatch&) {
      return std::exchange(done, true) ? Fault{} : Fault{.kind = kind};
    });
    auto indexer = this->indexer({.batch = 2});
    while (waiting() > 0) (void)indexer.run_once("a");
    EXPECT_THAT(find("number"), ElementsAre(1, 2, 3, 4, 5));
    for (std::uint32_t i = 1; i <= 5; ++i) store(i, mail("Number " + std::to_string(i)));
  }
}

TEST_F(IndexerTest, WhatCannotBeReadDoesNotWaitForEver) {
  store(1, mail("Kept"));
  WriteBatch batch;
  list_added(batch, 1, 2, BlobId::of("gone"), "", clock_.now());
  batch.set(waiting_prefix(1) + std::string("\0\0\0\3", 4), "garbage");
  ASSERT_TRUE(data_->commit(std::move(batch)));
  EXPECT_EQ(*indexer().run_once("a"), 3u);
  EXPECT_EQ(waiting(), 0u);
  EXPECT_THAT(find("kept"), ElementsAre(1));
}

TEST_F(IndexerTest, AnAccountIsForgottenAndOthersAreNot) {
  store(1, mail("Lunch"));
  store(1, mail("Lunch"), 2);
  auto indexer = this->indexer();
  ASSERT_TRUE(indexer.run_once("a"));
  store(2, mail("Late"));
  WriteBatch batch;
  list_forgotten(batch, 1, clock_.now());
  ASSERT_TRUE(data_->commit(std::move(batch)));
  EXPECT_EQ(waiting(), 1u) << "what waited does no longer";
  ASSERT_TRUE(indexer.run_once("a"));
  EXPECT_EQ(index_->status(1)->segments, 0u);
  EXPECT_EQ(index_->status(2)->documents, 1u);
}

TEST_F(IndexerTest, AnAccountThatSomebodyElseHasIsLeftToThem) {
  store(1, mail("Lunch"));
  ASSERT_TRUE(*lookups_->lock("search.index.1", "other", std::chrono::minutes(1)));
  EXPECT_EQ(*indexer().run_once("a"), 0u);
  clock_.advance(std::chrono::minutes(2));
  EXPECT_EQ(*indexer().run_once("a"), 1u) << "its lease has ended";
}

TEST_F(IndexerTest, SegmentsStayFewAndRemovalLeavesNothing) {
  auto indexer = this->indexer();
  for (std::uint32_t i = 1; i <= 100; ++i) {
    store(i, mail("Number " + std::to_string(i)));
    ASSERT_TRUE(indexer.run_once("a"));
  }
  EXPECT_LT(index_->status(1)->segments, 16u);
  EXPECT_EQ(find("number").size(), 100u);
  for (std::uint32_t i = 1; i <= 100; ++i) remove(i);
  ASSERT_TRUE(indexer.run_once("a"));
  EXPECT_EQ(index_->status(1)->segments, 0u);
  const auto left = *store::scan_all(*data_, store::Range::prefix("f"));
  EXPECT_EQ(left.size(), 1u) << "the account's head";
}

// As FoundationDB's, which end after five seconds: enough for what is read of eight segments at once, but not for all
// that is in them.
TEST_F(IndexerTest, SegmentsAreMergedWhereSnapshotsAreShort) {
  data_->limit_snapshots(24);
  auto indexer = this->indexer();
  for (std::uint32_t i = 1; i <= 30; ++i) {
    store(i, mail("Number " + std::to_string(i)));
    ASSERT_TRUE(indexer.run_once("a"));
  }
  EXPECT_LT(index_->status(1)->segments, 16u);
  data_->limit_snapshots(0);
  EXPECT_EQ(find("number").size(), 30u);
}

// The mail itself, as a server has it.
class Mail final : public store::migration::SearchDocuments {
 public:
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::string> messages;
  std::function<void()> on_page;

  Result<std::vector<std::uint32_t>> accounts() override {
    std::vector<std::uint32_t> out;
    for (const auto& [place, subject] : messages)
      if (out.empty() || out.back() != place.first) out.push_back(place.first);
    return out;
  }
  Result<std::uint64_t> count(std::uint32_t account) override {
    return static_cast<std::uint64_t>(
        std::ranges::count(messages, account, [](const auto& message) { return message.first.first; }));
  }
  Result<Page> page(const std::string& position, std::size_t limit) override {
    if (on_page) on_page();
    KeyReader in(position);
    const auto account = in.u32();
    Page out;
    for (auto at = messages.lower_bound({account, in.at_end() ? 0 : in.u32()}); at != messages.end(); ++at) {
      if (out.documents.size() == limit) {
        out.next = KeyWriter().u32(at->first.first).u32(at->first.second).take();
        break;
      }
      out.documents.push_back(at->first);
    }
    return out;
  }
  Result<bool> exists(std::uint32_t account, std::uint32_t document) override {
    return messages.contains({account, document});
  }
  Result<std::optional<store::SearchDocument>> document(std::uint32_t account,
                                                        std::uint32_t document) override {
    const auto found = messages.find({account, document});
    if (found == messages.end()) return std::nullopt;
    return store::SearchDocument{
        .account = account, .document = document, .fields = {{SearchField::kSubject, found->second, "en"}}};
  }
};

TEST_F(IndexerTest, AnIndexThatIsNewIsFilledFromTheMail) {
  const auto mail = std::make_shared<Mail>();
  for (std::uint32_t i = 1; i <= 7; ++i) mail->messages[{1, i}] = "Number " + std::to_string(i);
  mail->messages[{5, 1}] = "Number of another";
  // As it was before: in the store for data, where all is indexed already.
  {
    Coverage first(index_, data_, mail, clock_);
    EXPECT_FALSE(first.known());
    ASSERT_TRUE(first.check());
    EXPECT_TRUE(first.known());
    EXPECT_EQ(waiting(), 0u);
  }
  for (int round = 0; round < 2; ++round) {  // chosen, and later made anew
    index_ = index_over(
        *store::open_rocksdb({.path = folder_.path() + "/elsewhere" + std::to_string(round)}, clock_));
    const auto coverage = std::make_shared<Coverage>(index_, data_, mail, clock_);
    const Finder finder(index_, data_, coverage);
    EXPECT_TRUE((*finder.candidates(1, {.text = "number"}))(3)) << "nobody has asked yet";
    bool failed = false;
    data_->plan_commits([&](std::uint64_t n, const WriteBatch&) {
      return n % 3 == 0 && !std::exchange(failed, true) ? Fault{Fault::kUnavailable} : Fault{};
    });
    // By a process that ends after each batch: the next goes on.
    for (int i = 0; i < 20 && (!coverage->known() || waiting() > 0); ++i) {
      auto indexer = this->indexer({.batch = 2});
      indexer.rebuild_from(mail, coverage);
      (void)indexer.run_once("a");
    }
    EXPECT_TRUE(coverage->known());
    EXPECT_EQ(waiting(), 0u);
    EXPECT_THAT(find("number"), ElementsAre(1, 2, 3, 4, 5, 6, 7));
    EXPECT_THAT(*index_->query(5, {.kind = SearchQuery::Kind::kAll}), ElementsAre(1));
    EXPECT_FALSE((*finder.candidates(1, {.kind = SearchQuery::Kind::kWord, .text = "nothing"}))(3));
    Coverage again(index_, data_, mail, clock_);
    ASSERT_TRUE(again.check());
    EXPECT_EQ(waiting(), 0u) << "all of it is known to be there";
  }
}

// The value of a metric without labels.
double metric(const std::string& name) {
  const std::string text = observe::render_prometheus(), line = "\n" + name + " ";
  const auto at = text.find(line);
  return at == std::string::npos ? -1 : std::stod(text.substr(at + line.size()));
}

TEST_F(IndexerTest, WhatIsToBeIndexedAnewIsCountedByMessages) {
  const auto mail = std::make_shared<Mail>();
  for (std::uint32_t i = 1; i <= 7; ++i) mail->messages[{1, i}] = "Number " + std::to_string(i);
  for (std::uint32_t i = 1; i <= 3; ++i) mail->messages[{2, i}] = "Other " + std::to_string(i);
  index_ = index_over(*store::open_rocksdb({.path = folder_.path() + "/elsewhere"}, clock_));
  const auto coverage = std::make_shared<Coverage>(index_, data_, mail, clock_);
  ASSERT_TRUE(coverage->check());
  EXPECT_EQ(waiting(), 10u);
  // By who does not count.
  WriteBatch batch;
  list_rebuild(batch, 2, clock_.now());
  ASSERT_TRUE(data_->commit(std::move(batch)));
  EXPECT_EQ(waiting(), 8u) << "at least one";
  std::vector<std::uint64_t> listed;
  std::vector<double> shown;
  mail->on_page = [&] {
    listed.push_back(waiting());
    shown.push_back(metric("gannet_search_waiting"));
    clock_.advance(std::chrono::seconds(11));
  };
  auto indexer = this->indexer({.batch = 2});
  indexer.rebuild_from(mail, coverage);
  ASSERT_TRUE(indexer.run_once("a"));
  EXPECT_THAT(listed, ElementsAre(8, 6, 4, 2, 1, 1)) << "of the second it is known when it is begun";
  EXPECT_THAT(shown, ElementsAre(8, 6, 4, 2, 1, 1)) << "also while it runs";
  EXPECT_EQ(metric("gannet_search_waiting"), 0);
}

// An index that does not tell what it has, and that somebody can remove: as a search engine.
class Engine final : public store::SearchStore {
 public:
  Engine(std::string folder, Clock& clock) : folder_(std::move(folder)), clock_(clock) { remove_all(); }
  // It makes itself anew, as such do.
  void remove_all() {
    index_ = index_over(*store::open_rocksdb({.path = folder_ + "/" + std::to_string(++times_)}, clock_));
  }
  Result<void> index(const std::vector<store::SearchDocument>& documents) override {
    return index_->index(documents);
  }
  Result<void> remove(std::uint32_t account, const std::vector<std::uint32_t>& documents) override {
    return index_->remove(account, documents);
  }
  Result<void> remove_account(std::uint32_t account) override { return index_->remove_account(account); }
  Result<std::vector<std::uint32_t>> query(std::uint32_t account, const SearchQuery& query) override {
    return index_->query(account, query);
  }
  Result<std::string> identity() override { return index_->identity(); }

 private:
  const std::string folder_;
  Clock& clock_;
  int times_ = 0;
  std::shared_ptr<IndexStore> index_;
};

TEST_F(IndexerTest, AnIndexThatIsRemovedUnderARunningServerHidesNothing) {
  const auto mail = std::make_shared<Mail>();
  for (std::uint32_t i = 1; i <= 7; ++i) mail->messages[{1, i}] = "Number " + std::to_string(i);
  ASSERT_EQ(::mkdir((folder_.path() + "/engine").c_str(), 0700), 0);
  const auto engine = std::make_shared<Engine>(folder_.path() + "/engine", clock_);
  const auto coverage = std::make_shared<Coverage>(engine, data_, mail, clock_);
  Indexer indexer({.data = data_, .blob = blobs_, .search = engine, .search_data = data_, .lookup = lookups_},
                  engine, {.look_every = std::chrono::hours(1)}, clock_, "node");
  indexer.rebuild_from(mail, coverage);
  ASSERT_TRUE(indexer.run_once("a"));
  ASSERT_EQ(waiting(), 0u);
  const Finder finder(engine, data_, coverage);
  const auto candidate = [&](const std::string& word, std::uint32_t document) {
    return (*finder.candidates(
        1, {.kind = SearchQuery::Kind::kWord, .text = word, .language = {}, .children = {}}))(document);
  };
  EXPECT_TRUE(candidate("number", 3));
  EXPECT_FALSE(candidate("nothing", 3));
  for (int round = 0; round < 3; ++round) {
    if (round == 2) {
      remove(9);
      indexer.start();
      wait_for([&] { return waiting() == 0; });
    }
    engine->remove_all();
    // Somebody indexes a new message before anybody searches.
    if (round == 1) ASSERT_TRUE(engine->index({{.account = 1, .document = 8, .fields = {}}}));
    EXPECT_TRUE(candidate("number", 3)) << "at once, not when the index is looked after the next time";
    EXPECT_TRUE(candidate("nothing", 3)) << "nobody knows better";
    EXPECT_FALSE(coverage->known());
    if (round == 2)  // whose thread was told, and does not wait for the next look
      wait_for([&] { return !candidate("nothing", 3); });
    else
      ASSERT_TRUE(indexer.run_once("a"));
    EXPECT_FALSE(candidate("nothing", 3));
    EXPECT_TRUE(candidate("number", 3));
    EXPECT_EQ(waiting(), 0u);
  }
  indexer.stop();
}

}  // namespace
}  // namespace gannet::search
