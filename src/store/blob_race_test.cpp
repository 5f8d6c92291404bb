// Deliveries, deletions and collectors interleaved for an hour of simulated time, from a seed: before and after any
// step of one of them (a read, a commit, a call of the blob store) another may run as a whole, and another inside of
// that one. No blob that is linked may ever be lost, and every one that is not must be gone in the end.
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <map>
#include <set>
#include <type_traits>

#include "store/blob_links.h"
#include "store/data_blob_store.h"
#include "store/distributed/distributed_blob_store.h"
#include "store/fs/fs_blob_store.h"
#include "store/rocksdb/rocksdb_store.h"
#include "store/testing/faulty_data_store.h"
#include "store/testing/power_loss.h"
#include "tests/contract/harness.h"

namespace gannet::store {
namespace {

using namespace std::chrono_literals;
constexpr Duration kGrace = 10min;
constexpr Duration kMostInside = 4min;  // how far the clock goes while a step is interrupted
constexpr int kDeepest = 3;
constexpr std::uint64_t kBlobs = 30, kOwners = 3;

// Lets others run before and after every call.
class InterruptedBlobs final : public BlobStore {
 public:
  InterruptedBlobs(std::shared_ptr<BlobStore> blobs, std::function<void()> interrupt)
      : blobs_(std::move(blobs)), interrupt_(std::move(interrupt)) {}
  Result<void> put(const BlobId& id, std::string_view content) override {
    return between([&] { return blobs_->put(id, content); });
  }
  Result<void> put_with(WriteBatch& batch, const BlobId& id, std::string_view content) override {
    return between([&] { return blobs_->put_with(batch, id, content); });
  }
  Result<std::string> get(const BlobId& id, std::uint64_t offset, std::uint64_t length) override {
    return between([&] { return blobs_->get(id, offset, length); });
  }
  Result<bool> exists(const BlobId& id) override {
    return between([&] { return blobs_->exists(id); });
  }
  Result<void> remove(const BlobId& id) override {
    return between([&] { return blobs_->remove(id); });
  }
  Result<void> remove_with(WriteBatch& batch, const BlobId& id) override {
    return between([&] { return blobs_->remove_with(batch, id); });
  }
  Result<std::vector<BlobId>> list(const std::optional<BlobId>& after, std::size_t limit) override {
    return between([&] { return blobs_->list(after, limit); });
  }

 private:
  template <typename Call>
  std::invoke_result_t<Call> between(Call call) {
    interrupt_();
    auto result = call();
    interrupt_();
    return result;
  }
  const std::shared_ptr<BlobStore> blobs_;
  const std::function<void()> interrupt_;
};

enum class Where { kInData, kFolder, kSpread };

class BlobRaceTest : public ::testing::TestWithParam<Where> {
 protected:
  void open(std::uint64_t seed) {
    random_ = std::make_unique<SeededRandom>(seed);
    machine_ = std::make_unique<testing::PowerLoss>(seed);
    directory_ = std::make_unique<contract::TemporaryDirectory>();
    auto data = *open_rocksdb(
        {.path = "/db", .write_buffer_size = 1 << 20, .file_system = machine_->file_system()}, clock_);
    faulty_ = std::make_shared<testing::FaultyDataStore>(data, clock_);
    const bool in_data = GetParam() == Where::kInData;
    plain_ = in_data ? blob_store_over(faulty_) : folders();
    blobs_ = reserving(std::make_shared<InterruptedBlobs>(plain_, [this] { interrupt(); }), in_data, faulty_,
                       clock_, *random_);
    // Now and then a commit is refused, or its answer lost.
    faulty_->plan_commits([this](std::uint64_t, const WriteBatch&) {
      testing::Fault fault{.before = [this] { interrupt(); }, .after = [this] { interrupt(); }};
      if (faults_ && random_->below(40) == 0)
        fault.kind = random_->below(2) == 0 ? testing::Fault::kLost : testing::Fault::kUnavailable;
      return fault;
    });
    faulty_->plan_reads([this](std::uint64_t, std::string_view) {
      return testing::Fault{.before = [this] { interrupt(); }};
    });
  }

  std::shared_ptr<BlobStore> folders() {
    const auto folder = [this](const std::string& name) {
      return *open_fs_blobs({.path = directory_->path() + "/" + name, .depth = 1}, *random_);
    };
    if (GetParam() == Where::kFolder) return folder("all");
    return distribute_blobs({{"one", folder("one")}, {"two", folder("two")}, {"three", folder("three")}});
  }

  static std::string content(std::uint64_t blob) { return "the content of message " + std::to_string(blob); }

  // Called between any two steps.
  void interrupt() {
    if (quiet_ || depth_ >= kDeepest || random_->below(12) != 0) return;
    step();
  }

  void step() {
    ++depth_, ++steps_;
    if (depth_ > 1 && inside_ < kMostInside) {
      const Duration by(static_cast<Duration::rep>(random_->below(20'000)));
      inside_ += by;
      clock_.advance(by);
    }
    const std::uint64_t blob = random_->below(kBlobs);
    const std::string owner = std::to_string(random_->below(kOwners));
    const std::uint64_t what = random_->below(20);
    if (what < 5)
      deliver(blob, owner);
    else if (what < 12)
      drop(blob, owner);
    else if (what < 14)
      (void)blobs_->put(BlobId::of(content(blob)), content(blob)).has_value();  // and never linked
    else
      collect();
    --depth_;
  }

  void deliver(std::uint64_t blob, const std::string& owner) {
    const BlobId id = BlobId::of(content(blob));
    for (int tries = 0; tries < 3; ++tries) {
      WriteBatch batch;
      if (!blobs_->put_with(batch, id, content(blob))) continue;
      link_blob(batch, id, owner, clock_.now(), *random_);
      if (!faulty_->commit(std::move(batch))) continue;
      ++delivered_;
      return;
    }
  }
  void drop(std::uint64_t blob, const std::string& owner) {
    WriteBatch batch;
    unlink_blob(batch, BlobId::of(content(blob)), owner, clock_.now(), *random_);
    (void)faulty_->commit(std::move(batch)).has_value();
  }
  void collect() {
    std::string from;
    do {
      auto outcome = collect_blobs(*faulty_, *blobs_, clock_.now(), kGrace, 7, from, *random_);
      if (!outcome) return;
      collected_ += outcome->removed;
      from = outcome->next;
    } while (!from.empty());
  }

  // What is linked is there: at this moment, and so at any, since each step comes here.
  void check() {
    quiet_ = true;
    for (std::uint64_t blob = 0; blob < kBlobs; ++blob) {
      const BlobId id = BlobId::of(content(blob));
      if (!*is_linked(*faulty_, id)) continue;
      const auto read = plain_->get(id);
      ASSERT_TRUE(read) << "blob " << blob << " is linked and lost";
      ASSERT_EQ(*read, content(blob));
    }
    quiet_ = false;
  }

  ManualClock clock_;
  std::unique_ptr<SeededRandom> random_;
  std::unique_ptr<testing::PowerLoss> machine_;
  std::unique_ptr<contract::TemporaryDirectory> directory_;
  std::shared_ptr<testing::FaultyDataStore> faulty_;
  std::shared_ptr<BlobStore> plain_, blobs_;
  bool quiet_ = false, faults_ = true;
  int depth_ = 0;
  Duration inside_{};
  std::uint64_t steps_ = 0, delivered_ = 0, collected_ = 0;
};

TEST_P(BlobRaceTest, NothingLinkedIsLostWithinAnHour) {
  const char* given = std::getenv("GANNET_RACE_SEED");
  const std::uint64_t first = given ? std::strtoull(given, nullptr, 10) : 1;
  const std::uint64_t seeds = given ? 1 : 4;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    SCOPED_TRACE("GANNET_RACE_SEED=" + std::to_string(seed));
    open(seed);
    faults_ = true;
    const auto end = clock_.now() + 1h;
    while (clock_.now() < end) {
      inside_ = Duration(0);
      step();
      check();
      if (HasFatalFailure()) return;
      clock_.advance(Duration(static_cast<Duration::rep>(random_->below(15'000))));
    }
    // Nobody interrupts any more: what is left over goes, the tombstones of failed passes included.
    faults_ = false, quiet_ = true;
    for (int pass = 0; pass < 3; ++pass) {
      clock_.advance(kGrace + 11min);
      collect();
    }
    std::set<BlobId> linked, there;
    for (std::uint64_t blob = 0; blob < kBlobs; ++blob)
      if (*is_linked(*faulty_, BlobId::of(content(blob)))) linked.insert(BlobId::of(content(blob)));
    for (const auto& id : *plain_->list(std::nullopt, 1000)) there.insert(id);
    EXPECT_EQ(there, linked);
    quiet_ = false;
  }
  EXPECT_GT(delivered_, 100u);
  EXPECT_GT(collected_, 20u) << "too few to tell anything";
}

INSTANTIATE_TEST_SUITE_P(Stores, BlobRaceTest,
                         ::testing::Values(Where::kInData, Where::kFolder, Where::kSpread),
                         [](const auto& info) {
                           return info.param == Where::kInData   ? "InTheDataStore"
                                  : info.param == Where::kFolder ? "InAFolder"
                                                                 : "Spread";
                         });

}  // namespace
}  // namespace gannet::store
