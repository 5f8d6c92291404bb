#include "store/rocksdb/rocksdb_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <latch>
#include <thread>

#include "store/testing/kill_test.h"
#include "store/testing/power_loss.h"
#include "tests/contract/harness.h"

namespace gannet::store {
namespace {

using ::testing::HasSubstr;

bool soon(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

class RocksDbStoreTest : public ::testing::Test {
 protected:
  static WriteBatch setting(const std::string& key, const std::string& value) {
    WriteBatch batch;
    batch.set(key, value);
    return batch;
  }
  SystemClock clock_;
  contract::TemporaryDirectory directory_;
};

TEST_F(RocksDbStoreTest, ADirectoryInUseIsNamed) {
  const std::string path = directory_.path() + "/deep/er";
  auto first = open_rocksdb({.path = path}, clock_);
  ASSERT_TRUE(first) << first.error().describe();
  const auto second = open_rocksdb({.path = path}, clock_);
  ASSERT_FALSE(second);
  EXPECT_TRUE(second.error().is(StoreError::kConfiguration));
  EXPECT_THAT(second.error().text(), HasSubstr(path));
  EXPECT_THAT(second.error().text(), HasSubstr("in use"));
}

TEST_F(RocksDbStoreTest, ADirectoryThatCannotBeMadeIsNamed) {
  std::ofstream(directory_.path() + "/file") << "not a directory";
  const auto opened = open_rocksdb({.path = directory_.path() + "/file/db"}, clock_);
  ASSERT_FALSE(opened);
  EXPECT_TRUE(opened.error().is(StoreError::kConfiguration));
  EXPECT_THAT(opened.error().text(), HasSubstr(directory_.path() + "/file/db"));
}

TEST_F(RocksDbStoreTest, DamageIsNamed) {
  const std::string path = directory_.path() + "/db";
  ASSERT_TRUE(open_rocksdb({.path = path}, clock_));
  for (const auto& entry : std::filesystem::directory_iterator(path))
    if (entry.path().filename().string().starts_with("MANIFEST"))
      std::ofstream(entry.path(), std::ios::trunc)
          << "this is no manifest, and long enough to be read as one";
  const auto opened = open_rocksdb({.path = path}, clock_);
  ASSERT_FALSE(opened);
  EXPECT_TRUE(opened.error().is(StoreError::kConfiguration));
  EXPECT_THAT(opened.error().text(), HasSubstr(path));
}

TEST_F(RocksDbStoreTest, AFullDiskStopsWritesUntilThereIsSpace) {
  testing::PowerLoss machine(1);
  RocksDbOptions options{.path = "/db"};
  options.write_buffer_size = 2 << 20;
  options.resume_interval = std::chrono::milliseconds(5);
  options.file_system = machine.file_system();
  auto opened = open_rocksdb(options, clock_);
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
  opened = open_rocksdb(options, clock_);
  ASSERT_TRUE(opened) << opened.error().describe();
  EXPECT_EQ(*(*opened)->get("abefore"), "1");
  EXPECT_EQ(*(*opened)->get("aafter"), "1");
}

TEST_F(RocksDbStoreTest, CallersShareSyncs) {
  auto store = *open_rocksdb({.path = directory_.path() + "/db"}, clock_);
  constexpr int kThreads = 32, kEach = 30;
  std::latch start(kThreads);
  std::vector<std::jthread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      start.arrive_and_wait();
      for (int i = 0; i < kEach; ++i)
        EXPECT_TRUE(store->commit(setting("a" + std::to_string(t) + "." + std::to_string(i), "v")));
    });
  threads.clear();
  const auto statistics = store->statistics();
  EXPECT_EQ(statistics.commits, static_cast<std::uint64_t>(kThreads * kEach));
  EXPECT_LT(statistics.syncs, statistics.commits);
  EXPECT_EQ(scan_all(*store, Range::prefix("a"))->size(), static_cast<std::size_t>(kThreads * kEach));
}

Result<std::shared_ptr<DataStore>> open_at(const std::string& path) {
  static SystemClock clock;
  return open_rocksdb({.path = path, .write_buffer_size = 1 << 20}, clock);
}

// Not a test of its own: the process that the next one kills.
TEST(RocksDbVictim, DISABLED_CommitsForEver) {
  testing::commit_for_ever(open_at);
}
TEST_F(RocksDbStoreTest, AKilledProcessLosesNothingThatItAcknowledged) {
  testing::expect_kills_lose_nothing("RocksDbVictim", directory_.path() + "/db", open_at);
}

}  // namespace
}  // namespace gannet::store
