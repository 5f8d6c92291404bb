// A process that commits for ever, killed at a random moment: for the tests of backends that live in a process.
//
//   TEST(MyVictim, DISABLED_CommitsForEver) { testing::commit_for_ever(my_open); }
//   TEST(MyTest, ...) { testing::expect_kills_lose_nothing("MyVictim", path, my_open); }
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "store/data_store.h"

namespace gannet::store::testing {

using OpenAt = std::function<Result<std::shared_ptr<DataStore>>(const std::string& path)>;

// In the process that is killed: commits numbered batches and tells each one that is durable.
inline void commit_for_ever(const OpenAt& open) {
  const char* path = std::getenv("GANNET_VICTIM_PATH");
  ASSERT_NE(path, nullptr);
  auto store = open(path);
  ASSERT_TRUE(store) << store.error().describe();
  auto n = static_cast<std::uint64_t>(decode_counter((*store)->get("acount")->value_or("")));
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

// Starts the victim, kills it after some `commits`; the last number that it acknowledged.
inline std::uint64_t kill_after(const std::string& victim, const std::string& path, std::uint64_t commits) {
  const auto self = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string command = "GANNET_VICTIM_PATH=" + path + " exec " + self +
                              " --gtest_also_run_disabled_tests --gtest_brief=1 --gtest_filter=" + victim +
                              ".*";
  int ends[2];
  if (pipe(ends) != 0) return 0;
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
  for (auto left = commits; left > 0 && std::fgets(line, sizeof line, lines) != nullptr;)
    if (std::sscanf(line, "committed %lu", &n) == 1) acknowledged = n, --left;
  kill(child, SIGKILL);
  // What it said before it died counts, too.
  while (std::fgets(line, sizeof line, lines) != nullptr)
    if (std::sscanf(line, "committed %lu\n", &n) == 1 && std::string_view(line).ends_with('\n'))
      acknowledged = n;
  std::fclose(lines);
  waitpid(child, nullptr, 0);
  return acknowledged;
}

inline void expect_kills_lose_nothing(const std::string& victim, const std::string& path,
                                      const OpenAt& open) {
  SeededRandom random(12);
  for (int round = 0; round < 5; ++round) {
    const std::uint64_t acknowledged = kill_after(victim, path, 20 + random.below(300));
    ASSERT_GT(acknowledged, 0u);
    auto store = open(path);
    ASSERT_TRUE(store) << store.error().describe();
    const auto count = static_cast<std::uint64_t>(decode_counter((*store)->get("acount")->value_or("")));
    EXPECT_GE(count, acknowledged);
    EXPECT_LE(count, acknowledged + 1) << "one may have been on its way";
    EXPECT_EQ(scan_all(**store, Range::prefix("n"))->size(), count);
    EXPECT_EQ(scan_all(**store, Range::prefix("m"))->size(), count);
  }
}

}  // namespace gannet::store::testing
