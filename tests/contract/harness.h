// What a contract suite needs of a backend: a fresh store, and the same store opened again.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "store/blob_store.h"
#include "store/data_store.h"
#include "store/lookup_store.h"
#include "store/search_store.h"

namespace gannet::store::contract {

// A directory of its own, gone at the end. In memory where that can be: what a test stores need not outlive
// the machine, and a busy disk would make each of some hundred syncs a test wait.
class TemporaryDirectory {
 public:
  TemporaryDirectory() : path_(root() / ("gannet-" + SystemRandom().token(12))) {
    std::filesystem::create_directories(path_);
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  std::string path() const { return path_.string(); }

 private:
  static std::filesystem::path root() {
    std::error_code error;
    const auto space = std::filesystem::space("/dev/shm", error);
    if (!error && space.available > (1u << 30)) return "/dev/shm";
    return std::filesystem::temp_directory_path();
  }
  std::filesystem::path path_;
};

// Made fresh for every test. T is the interface under test.
template <typename T>
class Harness {
 public:
  virtual ~Harness() = default;
  // Why it cannot be had on this machine: its tests are skipped then. Empty if it can.
  virtual std::string skip_reason() { return {}; }
  // Opens the backend; again after close() or a restart of the backend, with what it then holds.
  virtual Result<std::shared_ptr<T>> open(Clock& clock) = 0;
  // What has expired goes without being purged (LookupStore).
  virtual bool forgets_by_itself() { return false; }
};

template <typename T>
struct Backend {
  std::string name;
  std::function<std::unique_ptr<Harness<T>>()> make;
};

}  // namespace gannet::store::contract
