// Messages, lookups and the index on their way to another store, while they change and the process ends.
#include "store/migration/role_migration.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "store/blob_links.h"
#include "store/data_blob_store.h"
#include "store/migration/blob_mover.h"
#include "store/migration/lookup_mover.h"
#include "store/migration/role_record.h"
#include "store/rocksdb/rocksdb_store.h"
#include "tests/contract/harness.h"

namespace gannet::store::migration {
namespace {

using contract::TemporaryDirectory;

class RoleMigrationTest : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  RoleMigrationTest() : dice(GetParam()), random(GetParam()) {
    data = *open_rocksdb({.path = directory.path() + "/data"}, clock);
    elsewhere = blob_store_over(*open_rocksdb({.path = directory.path() + "/other"}, clock));
    start();
  }

  // As a server's start, whatever was under way.
  void start() {
    migration.reset();
    const auto found = *find_role_in_force(*data, Role::kBlob, "inside");
    auto open = [this](const std::string& id) -> Result<OpenBlobStore> {
      if (id == "inside") return OpenBlobStore{blob_store_over(data), true};
      return OpenBlobStore{elsewhere, false};
    };
    auto movable = movable_blobs(*open(found.id), found.migration && found.migration->target_in_force(), open,
                                 data, clock, random);
    blobs = movable.blobs;
    mover = movable.mover;
    if (found.migration) migration = std::make_unique<RoleMigration>(data, mover, *found.migration, clock);
  }

  void begin() {
    Record plan;
    plan.role = Role::kBlob;
    plan.from = "inside";
    plan.to = "outside";
    auto begun = RoleMigration::begin(data, mover, plan, clock, random);
    ASSERT_TRUE(begun) << begun.error().describe();
    migration = std::move(*begun);
  }

  static std::string content_of(int number) {
    return "content " + std::to_string(number) + std::string(2000, 'x');
  }

  // A message comes, goes, or is collected.
  void something_happens() {
    const int number = static_cast<int>(dice.below(60));
    const BlobId id = BlobId::of(content_of(number));
    WriteBatch batch;
    if (linked.contains(number)) {
      unlink_blob(batch, id, "owner", clock.now(), random);
      ASSERT_TRUE(data->commit(std::move(batch)));
      linked.erase(number);
    } else {
      ASSERT_TRUE(blobs->put_with(batch, id, content_of(number)));
      link_blob(batch, id, "owner", clock.now(), random);
      // Some are committed later than the next steps.
      if (dice.below(8) == 0) step();
      const auto done = data->commit(std::move(batch));
      if (done) linked.insert(number);
    }
    clock.advance(Duration(100));
    if (dice.below(10) == 0) {
      clock.advance(std::chrono::hours(1));
      ASSERT_TRUE(collect_blobs(*data, *blobs, clock.now(), std::chrono::minutes(30), 1000, "", random));
    }
  }

  void step() {
    if (!migration) return;
    const auto done = migration->step();
    ASSERT_TRUE(done) << done.error().describe();
  }

  void until(Phase phase) {
    for (int i = 0; i < 5000 && migration->status().record.phase != phase; ++i) {
      step();
      if (dice.below(4) == 0) something_happens();
      if (dice.below(60) == 0) start();
    }
    ASSERT_EQ(migration->status().record.phase, phase) << migration->status().error;
  }

  void expect_all_in(BlobStore& store) {
    for (const int number : linked) {
      const auto found = store.get(BlobId::of(content_of(number)));
      ASSERT_TRUE(found) << number << ": " << found.error().describe();
      EXPECT_EQ(*found, content_of(number));
    }
  }
  // Once everything that nobody links was collected, and that was followed.
  void expect_nothing_else_in(BlobStore& store) {
    clock.advance(std::chrono::hours(1));
    for (int i = 0; i < 2; ++i) {
      ASSERT_TRUE(collect_blobs(*data, *blobs, clock.now(), std::chrono::minutes(30), 1000, "", random));
      step();
      clock.advance(std::chrono::hours(1));
    }
    EXPECT_EQ(store.list({}, 1000)->size(), linked.size());
  }

  TemporaryDirectory directory;
  ManualClock clock;
  SeededRandom dice, random;
  std::shared_ptr<DataStore> data;
  std::shared_ptr<BlobStore> elsewhere, blobs;
  std::shared_ptr<Mover> mover;
  std::unique_ptr<RoleMigration> migration;
  std::set<int> linked;
};

TEST_P(RoleMigrationTest, MessagesThereAndBack) {
  for (int i = 0; i < 60; ++i) something_happens();
  begin();
  until(Phase::kCutOver);
  expect_all_in(*elsewhere);
  expect_nothing_else_in(*elsewhere);
  for (int i = 0; i < 40; ++i) something_happens();
  ASSERT_TRUE(migration->wish(Wish::kRollBack));
  until(Phase::kRolledBack);
  expect_all_in(*blob_store_over(data));
  expect_all_in(*blobs);
  // Once more, for good: what is lying there from the first time is put in order.
  for (int i = 0; i < 40; ++i) something_happens();
  begin();
  until(Phase::kCutOver);
  ASSERT_TRUE(migration->wish(Wish::kConfirm));
  until(Phase::kConfirmed);
  EXPECT_TRUE(data->scan(Range::prefix(role_prefix() + "bd"))->items.empty()) << "nothing is listed any more";
  expect_all_in(*elsewhere);
  start();
  expect_all_in(*blobs);
}

TEST_P(RoleMigrationTest, AStoreThatHoldsOtherThingsIsRefused) {
  ASSERT_TRUE(elsewhere->put(BlobId::of("somebody else's"), "somebody else's"));
  Record plan;
  plan.role = Role::kBlob;
  plan.from = "inside";
  plan.to = "outside";
  const auto begun = RoleMigration::begin(data, mover, plan, clock, random);
  ASSERT_FALSE(begun);
  EXPECT_TRUE(begun.error().is(StoreError::kInvalid));
  EXPECT_FALSE(mover->joined());
  EXPECT_TRUE(*elsewhere->exists(BlobId::of("somebody else's")));
}

TEST_P(RoleMigrationTest, LookupsKeepTheirTimeAndTheirCount) {
  auto source = lookup_store_over(data, clock);
  auto target = memory_lookup_store(1 << 24, clock);
  auto movable = movable_lookups(
      source, [&](const std::string&) -> Result<std::shared_ptr<LookupStore>> { return target; }, clock);
  auto& lookups = *movable.lookups;
  std::map<std::string, std::int64_t> counted;
  const auto change = [&] {
    const std::string key = "key" + std::to_string(dice.below(40));
    counted[key] += 3;
    ASSERT_TRUE(lookups.increment(key, 3, std::chrono::hours(10)));
    ASSERT_TRUE(lookups.set(key, std::to_string(counted[key]), std::chrono::hours(1)));
  };
  for (int i = 0; i < 100; ++i) change();
  clock.advance(std::chrono::minutes(30));
  ASSERT_TRUE(*lookups.lock("lock", "holder", std::chrono::hours(1)));
  Record plan;
  plan.role = Role::kLookup;
  plan.from = "inside";
  plan.to = "memory";
  auto moving = *RoleMigration::begin(data, movable.mover, plan, clock, random);
  const auto reaches = [&](Phase phase) {
    for (int i = 0; i < 1000 && moving->status().record.phase != phase; ++i) {
      ASSERT_TRUE(moving->step());
      if (i % 3 == 0 && moving->status().record.phase < Phase::kCutOver) change();
    }
    ASSERT_EQ(moving->status().record.phase, phase);
  };
  reaches(Phase::kCutOver);
  for (const auto& [key, count] : counted) {
    EXPECT_EQ(*target->counter(key), count);
    EXPECT_EQ(*target->get(key), std::to_string(count));
  }
  EXPECT_FALSE(*target->lock("lock", "other", std::chrono::hours(1)));
  for (int i = 0; i < 20; ++i) change();
  ASSERT_TRUE(lookups.remove("key0"));
  counted.erase("key0");
  ASSERT_TRUE(moving->wish(Wish::kRollBack));
  reaches(Phase::kRolledBack);
  for (const auto& [key, count] : counted) EXPECT_EQ(*source->counter(key), count);
  EXPECT_EQ(*source->get("key0"), std::nullopt);
  clock.advance(std::chrono::hours(9) + std::chrono::minutes(45));
  for (const auto& [key, count] : counted) EXPECT_EQ(*source->get(key), std::nullopt) << key;
}

INSTANTIATE_TEST_SUITE_P(Seeds, RoleMigrationTest, ::testing::Range<std::uint64_t>(1, 7));

}  // namespace
}  // namespace gannet::store::migration
