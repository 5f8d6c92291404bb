// Random writers, crashes and lost answers while a store is migrated, compared with a model.
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "store/migration/migrations.h"
#include "store/rocksdb/rocksdb_store.h"
#include "store/sqlite/sqlite_store.h"
#include "store/testing/faulty_data_store.h"
#include "tests/contract/harness.h"
#include "tests/contract/model.h"

namespace gannet::store::migration {
namespace {

using contract::Model;
using contract::TemporaryDirectory;
using store::testing::Fault;
using store::testing::FaultyDataStore;

// Every key of `store` but a migration's own.
std::map<std::string, std::string> contents(DataStore& store) {
  std::map<std::string, std::string> out;
  for (const char subspace : std::string("abcdfiklmnqst")) {
    auto items = scan_all(store, Range::prefix(std::string(1, subspace)));
    EXPECT_TRUE(items) << items.error().describe();
    for (auto& item : *items)
      if (!item.key.starts_with(own_prefix())) out.emplace(std::move(item.key), std::move(item.value));
  }
  return out;
}

class Stores final : public DataStores {
 public:
  explicit Stores(std::map<std::string, std::shared_ptr<DataStore>> stores) : stores_(std::move(stores)) {}
  Result<std::shared_ptr<DataStore>> open_as_it_is(const std::string& id) override {
    const auto found = stores_.find(id);
    if (found == stores_.end()) return fail(StoreError::kConfiguration, "There is no [store." + id + "]");
    return found->second;
  }

 private:
  const std::map<std::string, std::shared_ptr<DataStore>> stores_;
};

class MigrationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto rocksdb = [&](const char* name) {
      auto opened = open_rocksdb({.path = directory_.path() + "/" + name}, clock_);
      EXPECT_TRUE(opened);
      return std::make_shared<FaultyDataStore>(*opened, clock_);
    };
    first_ = rocksdb("first");
    other_ = rocksdb("other");
    auto sqlite = open_sqlite({.path = directory_.path() + "/mail.db"}, clock_);
    ASSERT_TRUE(sqlite) << sqlite.error().describe();
    sqlite_ = std::make_shared<FaultyDataStore>(*sqlite, clock_);
    stores_ = std::make_shared<Stores>(std::map<std::string, std::shared_ptr<DataStore>>{
        {"first", first_}, {"other", other_}, {"sqlite", sqlite_}});
    start("first");
  }

  // As a server's start with storage.data = "named".
  void start(const std::string& named) {
    migration_.reset();
    data_.reset();
    auto found = find_in_force(*stores_, named);
    ASSERT_TRUE(found) << found.error().describe();
    in_force_ = found->id;
    data_ = std::make_shared<SwitchingDataStore>(found->store, clock_, random_);
    if (found->migration)
      migration_ = std::make_unique<DataMigration>(data_, found->source, found->target, *found->migration,
                                                   clock_, random_);
  }

  void begin(const std::string& from, const std::string& to, bool hold = false) {
    Record plan;
    plan.from = from;
    plan.to = to;
    plan.hold = hold;
    auto begun = DataMigration::begin(data_, *stores_->open_as_it_is(from), *stores_->open_as_it_is(to), plan,
                                      clock_, random_);
    ASSERT_TRUE(begun) << begun.error().describe();
    migration_ = std::move(*begun);
  }

  Phase phase() const { return migration_->status().record.phase; }

  // Steps until `wanted`, with `between` before each.
  void go_on(Phase wanted, const std::function<void()>& between = [] {}) {
    for (int i = 0; i < 5000; ++i) {
      if (phase() == wanted) return;
      between();
      auto done = migration_->step();
      EXPECT_TRUE(done) << done.error().describe();
    }
    FAIL() << "is still " << phase_name(phase());
  }

  std::string random_key() {
    const std::string subspaces = "amncsl";
    std::string key(1, subspaces[random_.below(subspaces.size())]);
    // In order, so that ranges mean something; a value or a counter by its first letter.
    key += random_.below(4) == 0 ? "#" : "v";
    return key + std::to_string(random_.below(300));
  }

  // Commits something at random, and so does the model.
  void write(std::size_t size = 40) {
    WriteBatch batch;
    for (std::uint64_t n = 1 + random_.below(4); n > 0; --n) {
      const std::string key = random_key();
      const auto what = random_.below(20);
      if (what == 0) {
        batch.clear_range(key, key + "~");
      } else if (what < 5) {
        batch.clear(key);
      } else if (key[1] == '#') {
        batch.add(key, static_cast<std::int64_t>(random_.below(100)) - 50);
      } else {
        batch.set(key, random_.bytes(random_.below(size)));
      }
    }
    if (random_.below(4) == 0) {
      const std::string key = random_key();
      if (const auto value = model_.get(key))
        batch.require_value(key, *value);
      else
        batch.require_absent(key);
    }
    auto done = data_->commit(batch);
    ASSERT_TRUE(done) << done.error().describe();
    ASSERT_TRUE(model_.commit(batch));
  }

  TemporaryDirectory directory_;
  SystemClock clock_;
  SeededRandom random_{7};
  std::shared_ptr<FaultyDataStore> first_, other_, sqlite_;
  std::shared_ptr<Stores> stores_;
  std::shared_ptr<SwitchingDataStore> data_;
  std::unique_ptr<DataMigration> migration_;
  std::string in_force_;
  Model model_;
};

TEST_F(MigrationTest, ThereAndBackUnderAWriter) {
  for (int i = 0; i < 2000; ++i) write();
  begin("first", "sqlite");
  const auto some = [&] {
    for (int i = 0; i < 20; ++i) write();
  };
  go_on(Phase::kCutOver, some);
  EXPECT_EQ(contents(*data_), model_.all());
  EXPECT_EQ(contents(*sqlite_), model_.all());
  EXPECT_GT(migration_->status().record.keys, 0u);
  EXPECT_EQ(migration_->status().record.repaired, 0u);
  some();
  ASSERT_TRUE(migration_->wish(Wish::kConfirm));
  go_on(Phase::kConfirmed, some);
  EXPECT_EQ(contents(*sqlite_), model_.all());
  EXPECT_NE(contents(*first_), model_.all()) << "nothing is written to the old store any more";
  start("first");
  EXPECT_EQ(in_force_, "sqlite") << "the file still names the old one";
  start("sqlite");
  EXPECT_EQ(in_force_, "sqlite");
  begin("sqlite", "first");
  go_on(Phase::kCutOver, some);
  EXPECT_EQ(contents(*first_), model_.all());
  EXPECT_EQ(contents(*data_), model_.all());
  ASSERT_TRUE(migration_->wish(Wish::kConfirm));
  go_on(Phase::kConfirmed);
  start("first");
  EXPECT_EQ(in_force_, "first");
  EXPECT_EQ(migration_, nullptr);
  EXPECT_EQ(contents(*data_), model_.all());
}

TEST_F(MigrationTest, ARollBackTakesAlongWhatWasWrittenSince) {
  for (int i = 0; i < 500; ++i) write();
  begin("first", "other");
  go_on(Phase::kCutOver);
  for (int i = 0; i < 500; ++i) write();
  EXPECT_EQ(contents(*other_), model_.all());
  ASSERT_TRUE(migration_->wish(Wish::kRollBack));
  go_on(Phase::kRolledBack, [&] { write(); });
  EXPECT_EQ(contents(*first_), model_.all());
  write();
  EXPECT_EQ(contents(*data_), model_.all());
  start("other");
  EXPECT_EQ(in_force_, "first");
  begin("first", "other");
  go_on(Phase::kCutOver);
  EXPECT_EQ(contents(*other_), model_.all()) << "what was rolled back is no hindrance";
}

TEST_F(MigrationTest, GivenUpBeforeTheCutOver) {
  for (int i = 0; i < 500; ++i) write();
  begin("first", "sqlite", true);
  go_on(Phase::kEqual, [&] { write(); });
  for (int i = 0; i < 20; ++i) {
    write();
    ASSERT_TRUE(migration_->step());
  }
  EXPECT_EQ(phase(), Phase::kEqual) << "it was told to hold";
  EXPECT_EQ(contents(*sqlite_), model_.all());
  ASSERT_TRUE(migration_->wish(Wish::kRollBack));
  go_on(Phase::kRolledBack);
  write();
  EXPECT_EQ(contents(*first_), model_.all());
  EXPECT_TRUE(scan_all(*first_, Range::prefix(changes_prefix()))->empty());
  start("first");
  EXPECT_EQ(in_force_, "first");
}

TEST_F(MigrationTest, AStoreWithSomethingElseIsLeftAlone) {
  write();
  WriteBatch batch;
  batch.set("akey", "somebody's");
  ASSERT_TRUE(sqlite_->commit(batch));
  Record plan;
  plan.from = "first";
  plan.to = "sqlite";
  auto begun = DataMigration::begin(data_, first_, sqlite_, plan, clock_, random_);
  ASSERT_FALSE(begun);
  EXPECT_TRUE(begun.error().is(StoreError::kInvalid));
  EXPECT_EQ(sqlite_->get("akey")->value(), "somebody's");
}

// A value that the target does not keep as it was written.
TEST_F(MigrationTest, WhatDiffersIsFoundAndCopiedAgain) {
  for (int i = 0; i < 300; ++i) write();
  begin("first", "sqlite");
  go_on(Phase::kVerifying);
  WriteBatch harm;
  harm.set("mv1000", "never there");
  harm.set(model_.all().begin()->first, "harmed");
  ASSERT_TRUE(sqlite_->commit(harm));
  go_on(Phase::kCutOver);
  EXPECT_EQ(contents(*sqlite_), model_.all());
  EXPECT_EQ(migration_->status().record.repaired, 2u);
}

// The process ends, or an answer is lost, at each commit that the migration makes in either store.
TEST_F(MigrationTest, ACrashAtEveryCommit) {
  struct Place {
    FaultyDataStore* store;
    Fault::Kind kind;
  };
  for (int i = 0; i < 200; ++i) write();
  std::uint64_t crashes = 0;
  std::string from = "first", to = "sqlite";
  for (const auto& place : {Place{first_.get(), Fault::kUnavailable}, Place{first_.get(), Fault::kLost},
                            Place{sqlite_.get(), Fault::kUnavailable}, Place{sqlite_.get(), Fault::kLost}}) {
    for (std::uint64_t n = 1; n < 40; n += 1 + n / 12) {
      SCOPED_TRACE("commit " + std::to_string(n) +
                   (place.store == sqlite_.get() ? " of sqlite" : " of first") +
                   (place.kind == Fault::kLost ? ", its answer lost" : ""));
      begin(from, to);
      std::uint64_t seen = 0;
      bool broken = false, own = false;
      place.store->plan_commits([&](std::uint64_t, const WriteBatch&) {
        const bool now = own && ++seen == n;
        broken = broken || now;
        return Fault{.kind = now ? place.kind : Fault::kNone};
      });
      const bool confirm = n % 2 == 0, restart = n % 3 != 0;
      const Phase end = confirm ? Phase::kConfirmed : Phase::kRolledBack;
      for (int i = 0; i < 300 && migration_ && phase() != end; ++i) {
        write();
        own = true;
        if (phase() == Phase::kCutOver) {
          auto wished = migration_->wish(confirm ? Wish::kConfirm : Wish::kRollBack);
          (void)wished;
        }
        auto done = migration_->step();
        if (!done && restart) {
          ++crashes;
          own = false;
          start(i % 2 == 0 ? from : to);
          if (HasFatalFailure()) return;
        }
        // Without a restart commits may be waiting for the migration to find out: step until it has.
        for (int tries = 0; !done && !restart && tries < 5; ++tries) done = migration_->step();
        own = false;
        if (HasFatalFailure()) return;
      }
      place.store->plan_commits({});
      if (migration_) {
        ASSERT_EQ(phase(), end);
      }
      write();
      ASSERT_EQ(contents(*data_), model_.all());
      start(from);
      ASSERT_EQ(contents(*data_), model_.all());
      start(in_force_);
      ASSERT_EQ(contents(*data_), model_.all());
      if (in_force_ == to) std::swap(from, to);
      if (!broken) break;
    }
  }
  EXPECT_GT(crashes, 10u);
}

TEST_F(MigrationTest, WritersInThreadsWaitShortlyAndLoseNothing) {
  Migrations migrations(stores_, *find_in_force(*stores_, "first"), clock_, random_);
  auto data = migrations.data();
  for (int i = 0; i < 3000; ++i) {
    WriteBatch batch;
    batch.set("av" + std::to_string(i), std::string(300, 'x'));
    ASSERT_TRUE(data->commit(batch));
  }
  std::atomic<bool> stop{false};
  std::atomic<std::int64_t> committed{0}, failed{0};
  std::vector<std::thread> writers;
  for (int w = 0; w < 4; ++w)
    writers.emplace_back([&, w] {
      for (int i = 0; !stop; ++i) {
        WriteBatch batch;
        batch.add("a#total", 1);
        batch.set("m" + std::to_string(w) + "." + std::to_string(i), std::to_string(i));
        (data->commit(batch) ? committed : failed) += 1;
        clock_.sleep(Duration(2));
      }
    });
  migrations.start();
  const auto until = [&](Phase phase) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(2);
    while (std::chrono::steady_clock::now() < deadline) {
      if (migrations.status()->record.phase == phase) return true;
      clock_.sleep(Duration(5));
    }
    ADD_FAILURE() << migrations.status()->error;
    return false;
  };
  ASSERT_TRUE(migrations.begin({.from = "first", .to = "sqlite"}));
  bool done = until(Phase::kCutOver);
  EXPECT_EQ(migrations.in_force(), "sqlite");
  done = done && migrations.wish(Wish::kRollBack) && until(Phase::kRolledBack);
  EXPECT_EQ(migrations.in_force(), "first");
  done = done && migrations.begin({.from = "first", .to = "sqlite"}) && until(Phase::kCutOver);
  done = done && migrations.wish(Wish::kConfirm) && until(Phase::kConfirmed);
  stop = true;
  for (auto& writer : writers) writer.join();
  migrations.stop();
  ASSERT_TRUE(done);
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(decode_counter(data->get("a#total")->value()), committed);
  EXPECT_EQ(static_cast<std::int64_t>(scan_all(*sqlite_, Range::prefix("m"))->size()), committed);
}

}  // namespace
}  // namespace gannet::store::migration
