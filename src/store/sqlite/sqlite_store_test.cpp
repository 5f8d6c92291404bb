#include "store/sqlite/sqlite_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <latch>
#include <thread>

#include "store/testing/kill_test.h"
#include "store/testing/power_loss_vfs.h"
#include "tests/contract/harness.h"

namespace gannet::store {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

bool soon(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

WriteBatch setting(const std::string& key, const std::string& value) {
  WriteBatch batch;
  batch.set(key, value);
  return batch;
}

// Another program that has the file open.
class Stranger {
 public:
  explicit Stranger(const std::string& path) { sqlite3_open(path.c_str(), &handle_); }
  ~Stranger() { sqlite3_close(handle_); }
  Stranger(const Stranger&) = delete;
  int run(const char* sql) { return sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr); }

 private:
  sqlite3* handle_ = nullptr;
};

class SqliteStoreTest : public ::testing::Test {
 protected:
  std::string path() const { return directory_.path() + "/mail.db"; }
  std::string refusal(const std::string& path) {
    const auto opened = open_sqlite({.path = path}, clock_);
    EXPECT_FALSE(opened);
    if (opened) return "";
    EXPECT_TRUE(opened.error().is(StoreError::kConfiguration));
    EXPECT_THAT(opened.error().text(), HasSubstr(path));
    return opened.error().text();
  }
  std::uintmax_t wal_size() const { return std::filesystem::file_size(path() + "-wal"); }

  SystemClock clock_;
  contract::TemporaryDirectory directory_;
};

TEST_F(SqliteStoreTest, AFileInUseIsNamed) {
  const std::string deep = directory_.path() + "/deep/er/mail.db";
  auto first = open_sqlite({.path = deep}, clock_);
  ASSERT_TRUE(first) << first.error().describe();
  EXPECT_THAT(refusal(deep), HasSubstr("in use by another Gannet"));
  first->reset();
  EXPECT_TRUE(open_sqlite({.path = deep}, clock_));
}

TEST_F(SqliteStoreTest, AFileThatCannotBeMadeIsNamed) {
  std::ofstream(directory_.path() + "/file") << "not a directory";
  refusal(directory_.path() + "/file/mail.db");
}

TEST_F(SqliteStoreTest, NobodyElseMayReadIt) {
  auto store = open_sqlite({.path = path()}, clock_);
  ASSERT_TRUE(store && (*store)->commit(setting("akey", "1")));
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
    struct stat status{};
    ASSERT_EQ(stat((path() + suffix).c_str(), &status), 0) << suffix;
    EXPECT_EQ(status.st_mode & 0777, 0600u) << suffix;
  }
}

TEST_F(SqliteStoreTest, WhatIsNotOursIsRefused) {
  std::ofstream(path()) << std::string(5000, 'x');
  EXPECT_THAT(refusal(path()), HasSubstr("damaged, or no SQLite database"));
  std::filesystem::remove(path());
  Stranger(path()).run("CREATE TABLE theirs (x)");
  EXPECT_THAT(refusal(path()), HasSubstr("another program's database"));
  std::filesystem::remove(path());
  ASSERT_TRUE(open_sqlite({.path = path()}, clock_));
  Stranger(path()).run("PRAGMA user_version = 99");
  EXPECT_THAT(refusal(path()), HasSubstr("newer release"));
}

TEST_F(SqliteStoreTest, DamageIsAClearError) {
  {
    auto store = open_sqlite({.path = path()}, clock_);
    ASSERT_TRUE(store);
    WriteBatch batch;
    for (int i = 0; i < 3000; ++i) batch.set("a" + std::to_string(i), std::string(200, 'v'));
    ASSERT_TRUE((*store)->commit(std::move(batch)));
  }
  {
    std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
    const auto size = std::filesystem::file_size(path());
    for (std::uintmax_t at = 200 * 1024; at + 4096 < size; at += 4096) {
      file.seekp(static_cast<std::streamoff>(at));
      file << std::string(4096, '\xee');
    }
  }
  auto store = open_sqlite({.path = path()}, clock_);
  ASSERT_TRUE(store) << store.error().describe();
  const auto read = scan_all(**store, Range::prefix("a"));
  ASSERT_FALSE(read);
  EXPECT_TRUE(read.error().is(StoreError::kCorrupt));
  EXPECT_THAT(read.error().detail(), AllOf(HasSubstr(path()), HasSubstr("restore")));
}

TEST_F(SqliteStoreTest, AnotherProgramThatWritesIsWaitedForThenNamed) {
  auto store = *open_sqlite({.path = path(), .busy_timeout = Duration(50)}, clock_);
  Stranger stranger(path());
  ASSERT_EQ(stranger.run("BEGIN IMMEDIATE"), SQLITE_OK);
  const auto refused = store->commit(setting("akey", "1"));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(StoreError::kUnavailable));
  EXPECT_TRUE(refused.error().retry_can_help());
  EXPECT_THAT(refused.error().detail(),
              AllOf(HasSubstr("another program holds the file"), HasSubstr(path())));
  EXPECT_EQ(*store->get("akey"), std::nullopt) << "reads go on";
  EXPECT_TRUE(store->writable()) << "it may end at any moment";
  ASSERT_EQ(stranger.run("COMMIT"), SQLITE_OK);
  EXPECT_TRUE(store->commit(setting("akey", "1")));
}

TEST_F(SqliteStoreTest, ACommitWaitsForAnotherProgramThatEndsInTime) {
  auto store = *open_sqlite({.path = path()}, clock_);
  Stranger stranger(path());
  ASSERT_EQ(stranger.run("BEGIN IMMEDIATE"), SQLITE_OK);
  std::latch started(1);
  std::jthread committing([&] {
    started.count_down();
    EXPECT_TRUE(store->commit(setting("akey", "1")));
  });
  started.wait();
  ASSERT_EQ(stranger.run("COMMIT"), SQLITE_OK);
}

TEST_F(SqliteStoreTest, AFullDiskStopsWritesUntilThereIsSpace) {
  testing::PowerLoss machine(1);
  const testing::PowerLossVfs vfs(machine);
  const SqliteOptions options{.path = "/mail.db", .resume_interval = Duration(5), .vfs = vfs.name()};
  auto opened = open_sqlite(options, clock_);
  ASSERT_TRUE(opened) << opened.error().describe();
  auto store = *std::move(opened);
  ASSERT_TRUE(store->commit(setting("abefore", "1")));
  EXPECT_TRUE(store->writable());

  machine.set_full(true);
  Result<void> refused;
  for (int i = 0; refused && i < 1000; ++i)
    refused = store->commit(setting("b" + std::to_string(i), std::string(100'000, 'v')));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(StoreError::kFull)) << refused.error().describe();
  EXPECT_TRUE(refused.error().retry_can_help());
  EXPECT_FALSE(store->writable());
  EXPECT_EQ(*store->get("abefore"), "1") << "reads go on";
  EXPECT_FALSE(store->commit(setting("ameanwhile", "1")));

  machine.set_full(false);
  ASSERT_TRUE(soon([&] { return store->writable(); }));
  const auto written = store->commit(setting("aafter", "1"));
  EXPECT_TRUE(written) << written.error().describe();
  store.reset();
  opened = open_sqlite(options, clock_);
  ASSERT_TRUE(opened) << opened.error().describe();
  EXPECT_EQ(*(*opened)->get("abefore"), "1");
  EXPECT_EQ(*(*opened)->get("aafter"), "1");
  EXPECT_EQ(*(*opened)->get("ameanwhile"), std::nullopt);
}

TEST_F(SqliteStoreTest, CallersShareSyncs) {
  auto store = *open_sqlite({.path = path()}, clock_);
  constexpr int kThreads = 32;
  // Whoever comes first waits for the stranger, and the others for him.
  Stranger stranger(path());
  ASSERT_EQ(stranger.run("BEGIN IMMEDIATE"), SQLITE_OK);
  std::latch started(kThreads);
  std::vector<std::jthread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      started.count_down();
      EXPECT_TRUE(store->commit(setting("a" + std::to_string(t), "v")));
    });
  started.wait();
  ASSERT_EQ(stranger.run("COMMIT"), SQLITE_OK);
  threads.clear();
  const auto statistics = store->statistics();
  EXPECT_EQ(statistics.commits, static_cast<std::uint64_t>(kThreads));
  EXPECT_LT(statistics.syncs, statistics.commits);
  EXPECT_EQ(scan_all(*store, Range::prefix("a"))->size(), static_cast<std::size_t>(kThreads));
}

TEST_F(SqliteStoreTest, WhatIsRelaxedIsNotSynced) {
  auto store = *open_sqlite({.path = path()}, clock_);
  WriteBatch batch = setting("lkey", "1");
  batch.set_durability(Durability::kRelaxed);
  ASSERT_TRUE(store->commit(std::move(batch)));
  EXPECT_EQ(store->statistics().syncs, 0u);
  ASSERT_TRUE(store->commit(setting("akey", "1")));
  EXPECT_EQ(store->statistics().syncs, 1u);
}

TEST_F(SqliteStoreTest, TheLogStaysBoundedWhileCallersCommit) {
  constexpr std::size_t kLimit = 1 << 20;
  auto store = *open_sqlite({.path = path(), .max_wal_size = kLimit}, clock_);
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 300; ++i) {
        EXPECT_TRUE(store->commit(setting("a" + std::to_string(t * 1000 + i), std::string(8000, 'v'))));
        EXPECT_TRUE(store->get("a" + std::to_string(t * 1000)).has_value());
      }
    });
  threads.clear();
  EXPECT_LT(wal_size(), 4 * kLimit) << "some 10 MB were written";
}

TEST_F(SqliteStoreTest, AnOldSnapshotIsEndedForTheLog) {
  constexpr std::size_t kLimit = 1 << 20;
  ManualClock clock;
  auto store = *open_sqlite({.path = path(),
                             .max_snapshot_age = Duration(60'000),
                             .max_wal_size = kLimit,
                             .resume_interval = Duration(5)},
                            clock);
  ASSERT_TRUE(store->commit(setting("akey", "before")));
  auto snapshot = *store->snapshot();
  for (int i = 0; i < 200; ++i)
    ASSERT_TRUE(store->commit(setting("akey", std::string(16'000, static_cast<char>('a' + i % 26)))));
  EXPECT_EQ(*snapshot->get("akey"), "before") << "it is young";
  const auto grown = wal_size();
  EXPECT_GT(grown, 2 * kLimit);

  clock.advance(Duration(61'000));
  ASSERT_TRUE(soon([&] { return !snapshot->get("akey").has_value(); }));
  const auto read = snapshot->get("akey");
  EXPECT_TRUE(read.error().is(StoreError::kUnavailable));
  EXPECT_THAT(read.error().detail(), HasSubstr("snapshot.max-age"));
  for (int i = 0; i < 200; ++i)
    ASSERT_TRUE(store->commit(setting("akey", std::string(16'000, static_cast<char>('a' + i % 26)))));
  EXPECT_LT(wal_size(), grown) << "it started anew";
}

TEST_F(SqliteStoreTest, SnapshotsAreBounded) {
  auto store = *open_sqlite({.path = path(), .wait_timeout = Duration(10), .max_snapshots = 2}, clock_);
  auto one = *store->snapshot(), two = *store->snapshot();
  const auto three = store->snapshot();
  ASSERT_FALSE(three);
  EXPECT_TRUE(three.error().is(StoreError::kUnavailable));
  EXPECT_THAT(three.error().detail(), HasSubstr("snapshot.max-open"));
  one.reset();
  EXPECT_TRUE(store->snapshot());
}

TEST_F(SqliteStoreTest, ASnapshotMayOutliveItsStore) {
  auto store = *open_sqlite({.path = path()}, clock_);
  ASSERT_TRUE(store->commit(setting("akey", "1")));
  const auto snapshot = *store->snapshot();
  store.reset();
  EXPECT_EQ(*snapshot->get("akey"), "1");
}

Result<std::shared_ptr<DataStore>> open_at(const std::string& path) {
  static SystemClock clock;
  return open_sqlite({.path = path, .max_wal_size = 1 << 20}, clock);
}

// Not a test of its own: the process that the next one kills.
TEST(SqliteVictim, DISABLED_CommitsForEver) {
  testing::commit_for_ever(open_at);
}
TEST_F(SqliteStoreTest, AKilledProcessLosesNothingThatItAcknowledged) {
  testing::expect_kills_lose_nothing("SqliteVictim", path(), open_at);
}

}  // namespace
}  // namespace gannet::store
