// Messages, lookups and the index on their way to another store, while they change and the process ends.
#include "store/migration/role_migration.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <utility>

#include "store/blob_links.h"
#include "store/data_blob_store.h"
#include "store/migration/blob_mover.h"
#include "store/migration/lookup_mover.h"
#include "store/migration/role_record.h"
#include "store/rocksdb/rocksdb_store.h"
#include "store/testing/faulty_data_store.h"
#include "tests/contract/harness.h"

namespace gannet::store::migration {
namespace {

using contract::TemporaryDirectory;
using testing::Fault;
using testing::FaultyDataStore;

class RoleMigrationTest : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  RoleMigrationTest() : dice(GetParam()), random(GetParam()) {
    data = faulty =
        std::make_shared<FaultyDataStore>(*open_rocksdb({.path = directory.path() + "/data"}, clock), clock);
    other =
        std::make_shared<FaultyDataStore>(*open_rocksdb({.path = directory.path() + "/other"}, clock), clock);
    elsewhere = blob_store_over(other);
    start();
  }

  // As a server's start, whatever was under way.
  void start() {
    migration.reset();
    const auto found = *find_role_in_force(*data, Role::kBlob, "inside");
    auto open = [this](const std::string& id) -> Result<OpenBlobStore> {
      if (id == "inside") return OpenBlobStore{blob_store_over(data), true};
      if (away) return fail(StoreError::kUnavailable, "the other store is away", Retry::kCanHelp);
      return OpenBlobStore{elsewhere, false};
    };
    auto movable = movable_blobs(*open(found.id), found.migration && found.migration->target_in_force(), open,
                                 data, 4, clock, random);
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

  void other_is_away(bool now) {
    away = now;
    const auto plan = [now](auto, const auto&) { return Fault{now ? Fault::kUnavailable : Fault::kNone}; };
    other->plan_reads(plan);
    other->plan_commits(plan);
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
      if (dice.below(60) == 0 && migration->status().record.phase != phase) start();
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
  std::shared_ptr<FaultyDataStore> faulty, other;
  std::shared_ptr<DataStore> data;
  std::atomic<bool> away = false;
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

// Its content lies in the other store alone, and that is away from then on.
TEST_P(RoleMigrationTest, AMessageThatIsCommittedInTheMomentOfARollBackIsFetched) {
  for (int i = 0; i < 30; ++i) something_happens();
  begin();
  until(Phase::kCutOver);
  const std::string content = "late" + std::string(3000, 'l');
  const BlobId id = BlobId::of(content);
  WriteBatch late;
  ASSERT_TRUE(blobs->put_with(late, id, content));
  link_blob(late, id, "owner", clock.now(), random);
  bool came = false;
  faulty->plan_commits([&](std::uint64_t, const WriteBatch& batch) {
    for (const auto& operation : batch.operations()) {
      if (operation.kind != WriteBatch::Kind::kSet || operation.key != role_record_key(Role::kBlob)) continue;
      if (came || decode(operation.value)->target_in_force()) continue;
      came = true;
      return Fault{.before = [&] {
        EXPECT_TRUE(data->commit(late));
        other_is_away(true);
      }};
    }
    return Fault{};
  });
  ASSERT_TRUE(migration->wish(Wish::kRollBack));
  for (int i = 0; i < 1000 && !came; ++i) (void)migration->step();
  ASSERT_TRUE(came);
  // However often it is tried, in this process or in the next, it does not end without the message.
  for (int restarts = 0; restarts < 2; ++restarts) {
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(migration->step());
    const auto status = migration->status();
    EXPECT_TRUE(status.record.under_way() && !status.record.target_in_force() && !status.error.empty());
    const auto refused = migration->wish(Wish::kRollBack);
    EXPECT_TRUE(!refused && refused.error().is(StoreError::kInvalid));
    const auto read = blobs->get(id);
    // While it cannot be read it is not told to be gone; nobody reads it before the next start has the store.
    EXPECT_FALSE(read);
    start();
    ASSERT_TRUE(migration);
  }
  other_is_away(false);
  until(Phase::kRolledBack);
  EXPECT_TRUE(migration->status().finished);
  EXPECT_FALSE(mover->joined());
  EXPECT_TRUE(data->scan(Range::prefix(role_prefix() + "bd"))->items.empty());
  const auto inside = blob_store_over(data)->get(id);
  ASSERT_TRUE(inside) << inside.error().describe();
  EXPECT_EQ(*inside, content);
  expect_all_in(*blob_store_over(data));
}

TEST_P(RoleMigrationTest, GivenUpWhileTheOtherStoreIsAway) {
  for (int i = 0; i < 30; ++i) something_happens();
  begin();
  until(dice.below(2) == 0 ? Phase::kCopying : Phase::kVerifying);
  other_is_away(true);
  start();
  EXPECT_FALSE(migration->step());
  for (int i = 0; i < 10; ++i) {
    WriteBatch batch;
    const std::string content = content_of(100 + i);
    ASSERT_TRUE(blobs->put_with(batch, BlobId::of(content), content));
    link_blob(batch, BlobId::of(content), "owner", clock.now(), random);
    ASSERT_TRUE(data->commit(std::move(batch)));
    linked.insert(100 + i);
  }
  ASSERT_TRUE(migration->wish(Wish::kRollBack));
  // Clearing the list away is tried again, too.
  bool failed = false;
  faulty->plan_commits([&](std::uint64_t, const WriteBatch& batch) {
    const bool is_record = std::ranges::any_of(batch.operations(), [](const auto& operation) {
      return operation.key == role_record_key(Role::kBlob);
    });
    if (is_record || std::exchange(failed, true)) return Fault{};
    return Fault{Fault::kUnavailable};
  });
  EXPECT_FALSE(migration->step());
  EXPECT_EQ(migration->status().record.phase, Phase::kRolledBack);
  EXPECT_FALSE(migration->status().finished);
  step();
  EXPECT_TRUE(migration->status().finished);
  EXPECT_TRUE(data->scan(Range::prefix(role_prefix() + "bd"))->items.empty());
  start();
  EXPECT_FALSE(migration);
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
