// What every DataStore on a server of its own must do when that server dies, freezes, cuts its connections or is
// crowded. A backend's program under tests/backends instantiates ServerFaultsContract.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <optional>

#include "tests/contract/harness.h"

namespace gannet::store::contract {

// The settings that the suite turns; a harness leaves those out that are not given.
struct ServerStoreOptions {
  std::optional<Duration> timeout{};       // of an operation
  std::optional<Duration> wait_timeout{};  // for a free connection
  std::optional<std::size_t> max_connections{};
};

// Fresh for every test: a database of its own on one server, which the tests stop and start.
class ServerHarness : public Harness<DataStore> {
 public:
  // "kill", "start", "freeze", "thaw" of tests/backends/README.md, and "cut", which ends every session.
  virtual void tell(const std::string& command) = 0;
  virtual Result<std::shared_ptr<DataStore>> open_with(Clock& clock, const ServerStoreOptions& options) = 0;
  Result<std::shared_ptr<DataStore>> open(Clock& clock) override { return open_with(clock, {}); }
};

struct ServerBackend {
  std::string name;
  std::function<std::unique_ptr<ServerHarness>()> make;
};

class ServerFaultsContract : public ::testing::TestWithParam<ServerBackend> {
 protected:
  void SetUp() override {
    harness_ = GetParam().make();
    if (const auto why = harness_->skip_reason(); !why.empty()) GTEST_SKIP() << why;
  }
  // The server runs again for the next test, whatever became of this one.
  void TearDown() override {
    if (frozen_) tell("thaw");
    if (stopped_) tell("start");
  }

  void open(const ServerStoreOptions& options = {}) {
    store_.reset();
    store_ = opened(options);
    ASSERT_TRUE(store_);
  }
  std::shared_ptr<DataStore> opened(const ServerStoreOptions& options = {}) {
    auto store = harness_->open_with(clock_, options);
    EXPECT_TRUE(store) << store.error().describe();
    return store ? *std::move(store) : nullptr;
  }
  void tell(const std::string& command) {
    harness_->tell(command);
    if (command == "kill") stopped_ = true;
    if (command == "start") stopped_ = false;
    if (command == "freeze") frozen_ = true;
    if (command == "thaw") frozen_ = false;
  }
  Result<void> set(const std::string& key, const std::string& value) {
    WriteBatch batch;
    batch.set(key, value);
    return store_->commit(std::move(batch));
  }

  SystemClock clock_;
  std::unique_ptr<ServerHarness> harness_;
  std::shared_ptr<DataStore> store_;

 private:
  bool stopped_ = false, frozen_ = false;
};

}  // namespace gannet::store::contract
