#include "store/rocksdb/rocksdb_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <latch>
#include <thread>

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

// Not a test of its own: the process that the next one kills. Commits numbered batches for ever and tells
// each one that is durable.
TEST(RocksDbVictim, DISABLED_CommitsForEver) {
  const char* path = std::getenv("GANNET_VICTIM_PATH");
  ASSERT_NE(path, nullptr);
  SystemClock clock;
  auto store = open_rocksdb({.path = path, .write_buffer_size = 1 << 20}, clock);
  ASSERT_TRUE(store) << store.error().describe();
  std::uint64_t n = static_cast<std::uint64_t>(decode_counter((*store)->get("acount")->value_or("")));
  for (;;) {
    ++n;
    WriteBatch batch;
    batch.add("acount", 1);
    batch.set("m" + std::to_string(n), std::string(n % 5000, 'm'));
    batch.set("n" + std::to_string(n), std::to_string(n));
    if (!(*store)->commit(std::move(batch))) return;
    const std::string line = "committed " + std::to_string(n) + "\n";
    if (write(STDOUT_FILENO, line.data(), line.size()) < 0) return;
  }
}

TEST_F(RocksDbStoreTest, AKilledProcessLosesNothingThatItAcknowledged) {
  const std::string path = directory_.path() + "/db";
  SeededRandom random(12);
  const auto self = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string command =
      "GANNET_VICTIM_PATH=" + path + " exec " + self +
      " --gtest_also_run_disabled_tests --gtest_filter=RocksDbVictim.* --gtest_brief=1";
  for (int round = 0; round < 5; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      dup2(ends[1], STDOUT_FILENO);
      close(ends[0]), close(ends[1]);
      execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
      _exit(127);
    }
    close(ends[1]);
    FILE* lines = fdopen(ends[0], "r");
    std::uint64_t acknowledged = 0, n = 0;
    char line[200];
    for (auto left = 20 + random.below(300); left > 0 && std::fgets(line, sizeof line, lines) != nullptr;)
      if (std::sscanf(line, "committed %lu", &n) == 1) acknowledged = n, --left;
    kill(child, SIGKILL);
    // What it said before it died counts, too.
    while (std::fgets(line, sizeof line, lines) != nullptr)
      if (std::sscanf(line, "committed %lu\n", &n) == 1 && std::string_view(line).ends_with('\n'))
        acknowledged = n;
    std::fclose(lines);
    waitpid(child, nullptr, 0);
    ASSERT_GT(acknowledged, 0u);

    auto store = open_rocksdb({.path = path}, clock_);
    ASSERT_TRUE(store) << store.error().describe();
    const auto count = static_cast<std::uint64_t>(decode_counter((*store)->get("acount")->value_or("")));
    EXPECT_GE(count, acknowledged);
    EXPECT_LE(count, acknowledged + 1) << "one may have been on its way";
    EXPECT_EQ(scan_all(**store, Range::prefix("n"))->size(), count);
    EXPECT_EQ(scan_all(**store, Range::prefix("m"))->size(), count);
  }
}

}  // namespace
}  // namespace gannet::store
