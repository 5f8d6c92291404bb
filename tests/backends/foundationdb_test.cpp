// FoundationDB's contract suites: against the double everywhere, and against a real cluster where
// GANNET_TEST_FDB_LIBRARY and GANNET_TEST_FDB_CLUSTER_FILE name one.
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <thread>

#include "base/bytes.h"
#include "store/data_blob_store.h"
#include "store/foundationdb/foundationdb_store.h"
#include "store/foundationdb/layout.h"
#include "store/foundationdb/staging.h"
#include "tests/contract/blob_store_contract.h"
#include "tests/contract/data_store_contract.h"
#include "tests/contract/lookup_store_contract.h"
#include "tests/contract/model.h"

namespace gannet::store::contract {
namespace {

SystemRandom system_random;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// A process can load one client: the real one if it is there.
bool real() {
  return !environment("GANNET_TEST_FDB_LIBRARY").empty();
}

class FdbHarness final : public Harness<DataStore> {
 public:
  FdbHarness() : prefix_("gannet-test/" + system_random.token(12) + "/") {
    if (!real()) std::ofstream(cluster_file()) << "test:double@127.0.0.1:4500\n";
  }
  ~FdbHarness() override {
    set_faults(0, 0);
    ManualClock clock;
    if (auto store = open(clock)) {
      WriteBatch batch;
      for (const char subspace : std::string_view("abcdfiklmnqst"))
        batch.clear_range(std::string(1, subspace), std::string(1, static_cast<char>(subspace + 1)));
      EXPECT_TRUE((*store)->commit(std::move(batch)));
    }
  }

  Result<std::shared_ptr<DataStore>> open(Clock& clock) override {
    return open_foundationdb({.database = database(), .prefix = prefix_}, clock, system_random);
  }
  fdb::DatabaseOptions database() const {
    fdb::DatabaseOptions options;
    options.library = real() ? environment("GANNET_TEST_FDB_LIBRARY") : GANNET_FDB_DOUBLE;
    options.cluster_file = cluster_file();
    return options;
  }
  void set_faults(std::uint64_t seed, unsigned one_in) const {
    if (real()) return;
    void* handle = dlopen(GANNET_FDB_DOUBLE, RTLD_NOW | RTLD_NOLOAD);
    if (handle == nullptr) return;
    using Set = void (*)(const char*, std::uint64_t, unsigned);
    reinterpret_cast<Set>(dlsym(handle, "fdb_double_set_faults"))(cluster_file().c_str(), seed, one_in);
  }
  // Transactions that the double refused for their size.
  std::uint64_t too_large() const {
    void* handle = dlopen(GANNET_FDB_DOUBLE, RTLD_NOW | RTLD_NOLOAD);
    if (handle == nullptr) return 9999;
    using Count = std::uint64_t (*)(const char*);
    return reinterpret_cast<Count>(dlsym(handle, "fdb_double_too_large"))(cluster_file().c_str());
  }
  const std::string& prefix() const { return prefix_; }

 private:
  std::string cluster_file() const {
    return real() ? environment("GANNET_TEST_FDB_CLUSTER_FILE") : directory_.path() + "/fdb.cluster";
  }
  TemporaryDirectory directory_;
  const std::string prefix_;
};

template <typename T>
class OverFdb final : public Harness<T> {
 public:
  Result<std::shared_ptr<T>> open(Clock& clock) override {
    auto data = TRY(data_.open(clock));
    if constexpr (std::is_same_v<T, BlobStore>)
      return blob_store_over(std::move(data));
    else
      return lookup_store_over(std::move(data), clock);
  }

 private:
  FdbHarness data_;
};

constexpr auto kName = [](const auto& info) { return info.param.name; };
INSTANTIATE_TEST_SUITE_P(FoundationDb, DataStoreContract,
                         testing::Values(Backend<DataStore>{"foundationdb",
                                                            [] { return std::make_unique<FdbHarness>(); }}),
                         kName);
INSTANTIATE_TEST_SUITE_P(FoundationDb, BlobStoreContract,
                         testing::Values(Backend<BlobStore>{
                             "foundationdb", [] { return std::make_unique<OverFdb<BlobStore>>(); }}),
                         kName);
INSTANTIATE_TEST_SUITE_P(FoundationDb, LookupStoreContract,
                         testing::Values(Backend<LookupStore>{
                             "foundationdb", [] { return std::make_unique<OverFdb<LookupStore>>(); }}),
                         kName);

class FoundationDbTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = harness_.open(clock_);
    ASSERT_TRUE(opened) << opened.error().describe();
    store_ = *std::move(opened);
  }
  void set(const std::string& key, const std::string& value) {
    WriteBatch batch;
    batch.set(key, value);
    const auto done = store_->commit(std::move(batch));
    ASSERT_TRUE(done) << done.error().describe();
  }
  // How many physical keys of one zone there are.
  std::size_t physical(char zone) {
    auto database = *fdb::Database::open(harness_.database());
    const std::string begin = harness_.prefix() + zone;
    auto items = fdb::with_retries(*database, [&](fdb::Transaction& transaction) {
      return transaction
          .get_range({.begin = begin, .end = prefix_end(begin), .limit = 10'000, .bytes = 50 << 20})
          .range();
    });
    return items ? items->items.size() : 9999;
  }

  ManualClock clock_;
  FdbHarness harness_;
  std::shared_ptr<DataStore> store_;
};

TEST_F(FoundationDbTest, ALargeValueLeavesNothingBehind) {
  SeededRandom random(1);
  const std::string large = random.bytes(950'000), other = random.bytes(500'000);
  set("blarge", large);
  EXPECT_EQ(*store_->get("blarge"), large);
  EXPECT_EQ(physical('x'), 11u);
  EXPECT_EQ(physical('y'), 0u);
  set("blarge", other);
  EXPECT_EQ(*store_->get("blarge"), other);
  EXPECT_EQ(physical('x'), 6u);
  set("blarge", "small now");
  EXPECT_EQ(physical('x'), 0u);

  set("ba", large);
  set("bb", large);
  WriteBatch batch;
  batch.clear("ba");
  batch.clear_range("bb", "bc");
  ASSERT_TRUE(store_->commit(std::move(batch)));
  EXPECT_EQ(physical('x'), 0u);
}

TEST_F(FoundationDbTest, AConflictLeavesNoPieces) {
  set("a1", "there");
  WriteBatch batch;
  batch.require_absent("a1");
  batch.set("b1", std::string(300'000, 'x'));
  const auto done = store_->commit(std::move(batch));
  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().is(StoreError::kConflict));
  EXPECT_EQ(physical('x'), 0u);
  EXPECT_EQ(physical('y'), 0u);
}

TEST_F(FoundationDbTest, PiecesOfAWriterThatDiedAreSwept) {
  auto database = *fdb::Database::open(harness_.database());
  const fdb::Layout layout(harness_.prefix());
  {
    WriteBatch batch;
    batch.set("bdead", std::string(300'000, 'x'));
    const BatchEffects effects(batch);
    fdb::Staging staging(*database, layout, clock_, system_random);
    ASSERT_TRUE(staging.stage(effects));
  }
  EXPECT_EQ(physical('x'), 4u);
  EXPECT_EQ(*fdb::sweep_staging(*database, layout, clock_.now()), 0u) << "it may still be alive";
  set("blive", std::string(300'000, 'y'));
  clock_.advance(std::chrono::hours(2));
  EXPECT_EQ(*fdb::sweep_staging(*database, layout, clock_.now() - std::chrono::hours(1)), 1u);
  EXPECT_EQ(physical('x'), 4u);
  EXPECT_EQ(*store_->get("blive"), std::string(300'000, 'y'));
  EXPECT_EQ(*store_->get("bdead"), std::nullopt);
}

TEST_F(FoundationDbTest, ValuesThatLookLikeAPointerAreValues) {
  const std::string mark = fdb::encode_pointer({.generation = std::string(16, 'g'), .size = 5});
  for (const std::string& value : {mark, mark.substr(0, 9), mark.substr(0, 10), mark + "more"}) {
    set("a1", value);
    EXPECT_EQ(*store_->get("a1"), value);
  }
}

TEST_F(FoundationDbTest, SplitsABatchOfMiddlingValuesAndRefusesOneOfTooManyKeys) {
  WriteBatch batch;
  for (int i = 0; i < 300; ++i) batch.set("a" + std::to_string(1000 + i), std::string(60'000, 'v'));
  ASSERT_TRUE(store_->commit(std::move(batch)));
  EXPECT_EQ(*store_->get("a1299"), std::string(60'000, 'v'));
  EXPECT_EQ(scan_all(*store_, Range::prefix("a"))->size(), 300u);

  WriteBatch many;
  for (int i = 0; i < 100'000; ++i) many.set("a" + std::to_string(i), "v");
  const auto done = store_->commit(std::move(many));
  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().is(StoreError::kTooLarge)) << done.error().describe();
}

// Whatever a batch consists of, it is refused by arithmetic, before anything is written, or fits into a transaction.
TEST_F(FoundationDbTest, TheSizeOfATransactionIsReckonedAsTheClientDoes) {
  struct Shape {
    std::size_t key, value;
    char kind;  // 's'et, 'a'dd, 'c'lear, 'r'equire, clear ra'n'ge
  };
  for (const Shape& shape :
       {Shape{8, 0, 's'}, Shape{30, 300, 's'}, Shape{900, 10, 's'}, Shape{20, 3'000, 's'}, Shape{30, 0, 'a'},
        Shape{30, 0, 'c'}, Shape{200, 0, 'r'}, Shape{100, 0, 'n'}}) {
    std::size_t most = 0;  // that is committed, within 1 %
    for (std::size_t step = 65'536; step > std::max<std::size_t>(most / 100, 1); step /= 2) {
      WriteBatch batch;
      for (std::size_t i = 0; i < most + step && batch.bytes() < (40u << 20); ++i) {
        // Zeros are what makes the keys of pieces longer.
        std::string key = "a" + std::to_string(1'000'000 + i);
        key.resize(shape.key, '\0');
        if (shape.kind == 's') batch.set(key, std::string(shape.value, 'v'));
        if (shape.kind == 'a') batch.add(key, 1);
        if (shape.kind == 'c') batch.clear(key);
        if (shape.kind == 'r') batch.require_absent("q" + key);
        if (shape.kind == 'n') batch.clear_range(key, key + "x");
      }
      batch.set("aone", "v");
      const std::size_t operations = batch.operations().size() - 1;
      const auto done = store_->commit(std::move(batch));
      if (!done) {
        EXPECT_TRUE(done.error().is(StoreError::kTooLarge)) << done.error().describe();
        EXPECT_EQ(physical('y'), 0u) << "nothing was staged";
      } else {
        most = std::max(most, operations);
      }
    }
    EXPECT_GT(most, shape.key > 500 ? 900u : 2'000u) << shape.key << " " << shape.kind;
    WriteBatch clear;
    clear.clear_range("a", "b");
    ASSERT_TRUE(store_->commit(std::move(clear)));
  }
  if (!real()) EXPECT_EQ(harness_.too_large(), 0u) << "the client refused what was reckoned to fit";
}

// One that holds a few MB by many replies is read all the same.
TEST_F(FoundationDbTest, AVeryLargeValueAndALongPage) {
  const std::string large = SeededRandom(3).bytes(10 << 20);
  set("blarge", large);
  EXPECT_EQ(*store_->get("blarge"), large);
  WriteBatch batch;
  for (int i = 0; i < 3'000; ++i) batch.set("a" + std::to_string(10'000 + i), std::string(1'000, 'v'));
  ASSERT_TRUE(store_->commit(std::move(batch)));
  Range range = Range::prefix("a");
  range.max_items = 2'000, range.max_bytes = 8 << 20;
  const auto page = store_->scan(range);
  ASSERT_TRUE(page);
  EXPECT_EQ(page->items.size(), 2'000u);
  EXPECT_TRUE(page->more);
}

TEST_F(FoundationDbTest, TwoWritersOfOneLargeValue) {
  std::vector<std::jthread> writers;
  writers.reserve(4);
  for (char letter : {'a', 'b', 'c', 'd'})
    writers.emplace_back([&, letter] {
      for (int round = 0; round < 20; ++round) set("bshared", std::string(400'000, letter));
    });
  for (int i = 0; i < 50; ++i) {
    const auto value = store_->get("bshared");
    ASSERT_TRUE(value) << value.error().describe();
    if (*value) EXPECT_EQ(**value, std::string(400'000, (**value)[0]));
  }
  writers.clear();
  EXPECT_EQ(physical('x'), 5u);
}

// Every third call fails: what is acknowledged was applied once, what conflicts was not.
TEST_F(FoundationDbTest, EachCommitIsAppliedOnceWhateverTheClusterAnswers) {
  if (real()) GTEST_SKIP() << "a real cluster fails when it wants to";
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    harness_.set_faults(seed, 3);
    SeededRandom random(seed);
    Model model;
    for (int step = 0; step < 60; ++step) {
      WriteBatch batch;
      const std::string name = "a" + std::to_string(random.below(6));
      batch.add("acounter", 1);
      if (const auto before = model.get(name))
        batch.require_value(name, *before);
      else
        batch.require_absent(name);
      if (random.below(4) == 0)
        batch.clear(name);
      else
        batch.set(name, random.bytes(random.below(10) == 0 ? 200'000 : random.below(20)));
      const auto done = store_->commit(batch);
      ASSERT_TRUE(done) << "seed " << seed << ", step " << step << ": " << done.error().describe();
      ASSERT_TRUE(model.commit(batch));
    }
    const auto all = scan_all(*store_, Range::prefix("a"));
    ASSERT_TRUE(all);
    ASSERT_EQ(all->size(), model.all().size());
    for (const auto& item : *all) EXPECT_EQ(item.value, model.get(item.key)) << item.key;
    harness_.set_faults(0, 0);
    WriteBatch clear;
    clear.clear_range("a", "b");
    ASSERT_TRUE(store_->commit(std::move(clear)));
  }
}

TEST_F(FoundationDbTest, SaysWhatIsMissing) {
  auto options = harness_.database();
  options.cluster_file = "/nonexistent/fdb.cluster";
  auto opened = open_foundationdb({.database = options}, clock_, system_random);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().text(), testing::HasSubstr("/nonexistent/fdb.cluster"));
  options = harness_.database();
  options.library = "libno_such_client.so";
  opened = open_foundationdb({.database = options}, clock_, system_random);
  ASSERT_FALSE(opened);
}

TEST_F(FoundationDbTest, RefusesDataOfANewerRelease) {
  auto database = *fdb::Database::open(harness_.database());
  const fdb::Layout layout(harness_.prefix());
  const auto write = [&](std::string_view version) {
    ASSERT_TRUE(fdb::with_retries(*database, [&](fdb::Transaction& transaction) {
      transaction.set(layout.version(), version);
      return transaction.commit().done();
    }));
  };
  write("2");
  const auto opened = harness_.open(clock_);
  write("1");
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().text(), testing::HasSubstr("newer Gannet"));
}

}  // namespace
}  // namespace gannet::store::contract
