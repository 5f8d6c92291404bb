#include "store/blob_links.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "store/data_blob_store.h"
#include "store/rocksdb/rocksdb_store.h"
#include "store/testing/faulty_data_store.h"
#include "store/testing/power_loss.h"

namespace gannet::store {
namespace {

using namespace std::chrono_literals;
constexpr Duration kGrace = 1h;
constexpr char kContent[] = "the content of a message";

// A BlobStore that is not in the DataStore, as S3 is not: put_with() is put(), remove_with() is remove().
class SeparateBlobs final : public BlobStore {
 public:
  explicit SeparateBlobs(std::shared_ptr<BlobStore> blobs) : blobs_(std::move(blobs)) {}
  Result<void> put(const BlobId& id, std::string_view content) override { return blobs_->put(id, content); }
  Result<std::string> get(const BlobId& id, std::uint64_t offset, std::uint64_t length) override {
    return blobs_->get(id, offset, length);
  }
  Result<bool> exists(const BlobId& id) override { return blobs_->exists(id); }
  Result<void> remove(const BlobId& id) override { return blobs_->remove(id); }
  Result<std::vector<BlobId>> list(const std::optional<BlobId>& after, std::size_t limit) override {
    return blobs_->list(after, limit);
  }

 private:
  const std::shared_ptr<BlobStore> blobs_;
};

// The parameter: whether the blobs are in the DataStore itself.
class BlobLinksTest : public ::testing::TestWithParam<bool> {
 protected:
  BlobLinksTest() : machine_(1) { start(); }

  void start() {
    blobs_.reset(), plain_.reset(), faulty_.reset(), data_.reset();
    path_ = "/db" + std::to_string(++stores_);
    data_ = *open_rocksdb(
        {.path = path_, .write_buffer_size = 1 << 20, .file_system = machine_.file_system()}, clock_);
    faulty_ = std::make_shared<testing::FaultyDataStore>(data_, clock_);
    if (GetParam()) {
      plain_ = blob_store_over(faulty_);
    } else {
      elsewhere_ = *open_rocksdb(
          {.path = path_ + "b", .write_buffer_size = 1 << 20, .file_system = machine_.file_system()}, clock_);
      plain_ = std::make_shared<SeparateBlobs>(blob_store_over(elsewhere_));
    }
    blobs_ = reserving(plain_, GetParam(), faulty_, clock_, random_);
  }

  // Stores and links the blob as the mailbox does, starting over after a conflict.
  bool deliver(const std::string& owner) {
    for (int tries = 0; tries < 20; ++tries) {
      WriteBatch batch;
      if (!blobs_->put_with(batch, id_, kContent)) continue;
      link_blob(batch, id_, owner, clock_.now(), random_);
      if (faulty_->commit(std::move(batch))) return true;
    }
    return false;
  }
  void drop(const std::string& owner) {
    WriteBatch batch;
    unlink_blob(batch, id_, owner, clock_.now(), random_);
    ASSERT_TRUE(faulty_->commit(std::move(batch)));
  }
  std::uint64_t collect() {
    std::uint64_t removed = 0;
    for (std::string from;;) {
      auto outcome = collect_blobs(*faulty_, *blobs_, clock_.now(), kGrace, 10, from, random_);
      if (!outcome) return removed;
      removed += outcome->removed;
      if (outcome->next.empty()) return removed;
      from = outcome->next;
    }
  }
  bool there() { return *plain_->exists(id_); }
  bool readable() {
    const auto content = plain_->get(id_);
    return content && *content == kContent;
  }

  testing::PowerLoss machine_;
  ManualClock clock_;
  SeededRandom random_{9};
  const BlobId id_ = BlobId::of(kContent);
  int stores_ = 0;
  std::string path_;
  std::shared_ptr<DataStore> data_, elsewhere_;
  std::shared_ptr<testing::FaultyDataStore> faulty_;
  std::shared_ptr<BlobStore> plain_, blobs_;
};

TEST_P(BlobLinksTest, CollectsWhatNobodyUsesAfterTheGrace) {
  ASSERT_TRUE(deliver("one"));
  ASSERT_TRUE(deliver("two"));
  drop("one");
  clock_.advance(2h);
  EXPECT_EQ(collect(), 0u);
  EXPECT_TRUE(*is_linked(*data_, id_));
  drop("two");
  EXPECT_FALSE(*is_linked(*data_, id_));
  clock_.advance(59min);
  EXPECT_EQ(collect(), 0u);
  EXPECT_TRUE(readable());
  clock_.advance(1min);
  EXPECT_EQ(collect(), 1u);
  EXPECT_FALSE(there());
  EXPECT_EQ(collect(), 0u);
  ASSERT_TRUE(deliver("three"));
  EXPECT_TRUE(readable());
  clock_.advance(2h);
  EXPECT_EQ(collect(), 0u);
}

TEST_P(BlobLinksTest, UsedAgainWithinTheGraceStays) {
  ASSERT_TRUE(deliver("one"));
  drop("one");
  clock_.advance(30min);
  ASSERT_TRUE(deliver("two"));
  clock_.advance(2h);
  EXPECT_EQ(collect(), 0u);
  EXPECT_TRUE(readable());
}

TEST_P(BlobLinksTest, PutButNeverLinkedIsCollected) {
  ASSERT_TRUE(blobs_->put(id_, kContent));
  clock_.advance(30min);
  EXPECT_EQ(collect(), 0u);
  clock_.advance(31min);
  EXPECT_EQ(collect(), 1u);
  EXPECT_FALSE(there());
}

TEST_P(BlobLinksTest, ALongPassGoesOnWhereItStopped) {
  for (int i = 0; i < 35; ++i) {
    const std::string content = "blob " + std::to_string(i);
    ASSERT_TRUE(blobs_->put(BlobId::of(content), content));
  }
  clock_.advance(2h);
  EXPECT_EQ(collect(), 35u);
  EXPECT_TRUE(plain_->list(std::nullopt, 100)->empty());
}

// A pass that stops anywhere (a crash) leaves nothing that the next one, or a new link, cannot mend.
TEST_P(BlobLinksTest, APassMayStopAnywhere) {
  for (std::uint64_t stop = 1;; ++stop) {
    SCOPED_TRACE("commit " + std::to_string(stop));
    start();
    ASSERT_TRUE(deliver("one"));
    drop("one");
    clock_.advance(2h);
    const std::uint64_t before = faulty_->commits();
    faulty_->plan_commits([=](std::uint64_t n, const WriteBatch&) {
      return n >= before + stop ? testing::Fault{.kind = testing::Fault::kUnavailable} : testing::Fault{};
    });
    collect();
    const bool stopped = faulty_->commits() >= before + stop;
    faulty_->plan_commits(nullptr);
    clock_.advance(2h);
    collect();
    EXPECT_FALSE(there());
    ASSERT_TRUE(deliver("two"));
    EXPECT_TRUE(readable());
    if (!stopped) break;
  }
}

// A delivery comes between any two steps of the collector: whenever it succeeds, the blob is there.
TEST_P(BlobLinksTest, ADeliveryBetweenAnyTwoStepsOfAPass) {
  for (std::uint64_t step = 1;; ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    start();
    ASSERT_TRUE(deliver("one"));
    drop("one");
    clock_.advance(2h);
    std::uint64_t steps = 0;
    bool inside = false, delivered = false, done = false;
    auto interrupt = [&] {
      if (inside || done || ++steps != step) return;
      inside = done = true;
      delivered = deliver("two");
      inside = false;
    };
    faulty_->plan_commits(
        [&](std::uint64_t, const WriteBatch&) { return testing::Fault{.before = interrupt}; });
    faulty_->plan_reads([&](std::uint64_t, std::string_view) { return testing::Fault{.before = interrupt}; });
    collect();
    faulty_->plan_commits(nullptr), faulty_->plan_reads(nullptr);
    if (delivered) {
      EXPECT_TRUE(readable());
      clock_.advance(2h);
      collect();
      EXPECT_TRUE(readable()) << "a link keeps it";
    }
    if (!done) break;
  }
}

// A whole pass comes between any two steps of a delivery.
TEST_P(BlobLinksTest, APassBetweenAnyTwoStepsOfADelivery) {
  for (std::uint64_t step = 1;; ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    start();
    ASSERT_TRUE(deliver("one"));
    drop("one");
    clock_.advance(2h);
    std::uint64_t steps = 0;
    bool inside = false, done = false;
    auto interrupt = [&] {
      if (inside || done || ++steps != step) return;
      inside = done = true;
      collect();
      inside = false;
    };
    faulty_->plan_commits(
        [&](std::uint64_t, const WriteBatch&) { return testing::Fault{.before = interrupt}; });
    faulty_->plan_reads([&](std::uint64_t, std::string_view) { return testing::Fault{.before = interrupt}; });
    EXPECT_TRUE(deliver("two"));
    faulty_->plan_commits(nullptr), faulty_->plan_reads(nullptr);
    EXPECT_TRUE(readable());
    if (!done) break;
  }
}

// Deliverers, droppers and two collectors at once, with a clock that runs.
TEST_P(BlobLinksTest, ManyAtOnce) {
  std::atomic<bool> stop{false};
  std::vector<std::jthread> collectors;
  collectors.reserve(2);
  for (int c = 0; c < 2; ++c)
    collectors.emplace_back([&] {
      while (!stop) {
        clock_.advance(61min);
        EXPECT_TRUE(collect_blobs(*faulty_, *blobs_, clock_.now(), kGrace, 10, "", random_));
      }
    });
  std::vector<std::jthread> users;
  users.reserve(3);
  for (int u = 0; u < 3; ++u)
    users.emplace_back([&, u] {
      for (int turn = 0; turn < 60; ++turn) {
        const std::string owner = std::to_string(u);
        WriteBatch batch;
        // With a clock that leaps, a separate store's reservation may run out before the link is made.
        if (!GetParam()) return;
        if (!blobs_->put_with(batch, id_, kContent)) continue;
        link_blob(batch, id_, owner, clock_.now(), random_);
        if (!faulty_->commit(std::move(batch))) continue;
        EXPECT_TRUE(readable());
        drop(owner);
      }
    });
  users.clear();
  stop = true;
}

INSTANTIATE_TEST_SUITE_P(Blobs, BlobLinksTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "InTheDataStore" : "Elsewhere"; });

}  // namespace
}  // namespace gannet::store
