// The disk of power_loss.h. Private to this folder.
#pragma once

#include <rocksdb/io_status.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "store/testing/power_loss.h"

namespace gannet::store::testing {

// What lies behind a name. Every member under State::mutex.
struct File {
  std::string content;             // as running programs see it
  std::string durable;             // as the disk has it for sure
  std::set<std::size_t> unsynced;  // numbers of pages that differ, or may
};

using Directory = std::map<std::string, std::shared_ptr<File>>;  // full path to file

struct PowerLoss::State {
  static constexpr std::size_t kPage = 4096;

  explicit State(std::uint64_t seed) : random(seed) {}

  // Counts an operation; an error if there is no power (any more). Call with `mutex` held, before the
  // operation is done.
  rocksdb::IOStatus spend();
  rocksdb::IOStatus powered() const;

  void write(File& file, std::size_t at, std::string_view bytes);
  void truncate(File& file, std::size_t size);
  // With `syncs_that_fail`, what was not synced yet never will be.
  rocksdb::IOStatus sync(File& file);
  // A change of the directory: seen at once, durable at the next sync_directory().
  void change(std::function<void(Directory&)> change);
  void sync_directory();
  void cut();

  mutable std::mutex mutex;
  SeededRandom random;
  std::uint64_t operations = 0;
  std::optional<std::uint64_t> fails_at;
  bool failed = false;
  bool full = false;
  std::uint64_t syncs_that_fail = 0;
  Directory files;
  Directory durable_files;
  std::vector<std::function<void(Directory&)>> unsynced_changes;
  std::set<std::string> directories{"/"};
  std::set<std::string> locks;
};

// The file system over `state`.
std::shared_ptr<rocksdb::FileSystem> make_file_system(std::shared_ptr<PowerLoss::State> state);

}  // namespace gannet::store::testing
