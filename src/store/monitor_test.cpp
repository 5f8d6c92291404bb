#include "store/monitor.h"

#include <gtest/gtest.h>

#include "observe/health.h"
#include "store/sqlite/sqlite_store.h"
#include "store/stores.h"
#include "store/testing/faulty_data_store.h"
#include "tests/contract/harness.h"

namespace gannet::store {
namespace {

class MonitorTest : public ::testing::Test {
 protected:
  static WriteBatch taking(const std::string& key) {
    WriteBatch batch;
    batch.require_absent(key);
    batch.set(key, "1");
    return batch;
  }

  SystemClock clock_;
  contract::TemporaryDirectory directory_;
  std::shared_ptr<StoreMonitor> monitor_ = std::make_shared<StoreMonitor>("main", "sqlite");
  std::shared_ptr<testing::FaultyDataStore> faulty_ = std::make_shared<testing::FaultyDataStore>(
      *open_sqlite({.path = directory_.path() + "/mail.db", .id = "other"}, clock_), clock_);
  std::shared_ptr<DataStore> store_ = monitored(faulty_, monitor_);
};

TEST_F(MonitorTest, CountsCallsErrorsAndConflicts) {
  ASSERT_TRUE(store_->commit(taking("akey")));
  EXPECT_TRUE(monitor_->status().pool.has_value()) << "it has connections";
  EXPECT_FALSE(store_->commit(taking("akey")));
  EXPECT_EQ(*store_->get("akey"), "1");
  EXPECT_EQ(*(*store_->snapshot())->get("akey"), "1");
  EXPECT_FALSE(store_->get(""));
  faulty_->plan_commits(
      [](std::uint64_t, const WriteBatch&) { return testing::Fault{.kind = testing::Fault::kUnavailable}; });
  EXPECT_FALSE(store_->commit(taking("aother")));
  const StoreStatus status = monitor_->status();
  EXPECT_EQ(status.writes.count, 3u);
  EXPECT_EQ(status.writes.errors, 1u);
  EXPECT_EQ(status.conflicts, 1u);
  EXPECT_EQ(status.reads.count, 3u);
  EXPECT_EQ(status.reads.errors, 1u);
  EXPECT_GT(status.writes.milliseconds.p50, 0);
  EXPECT_LE(status.reads.milliseconds.p50, status.reads.milliseconds.p99);
}

TEST_F(MonitorTest, SaysWhyAStoreTakesNoWrites) {
  EXPECT_TRUE(monitor_->status().writable);
  faulty_->set_writable(false);
  EXPECT_FALSE(monitor_->status().writable);
  faulty_->set_writable(true);
  observe::HealthComponent component(observe::health(), "store.main");
  component.set_unready("the disk is full");
  EXPECT_FALSE(monitor_->status().writable);
  EXPECT_EQ(monitor_->status().reason, "the disk is full");
  component.set_ready();
  EXPECT_TRUE(monitor_->status().writable);
  EXPECT_EQ(monitor_->status().reason, "");
}

TEST_F(MonitorTest, OutlivesItsStore) {
  store_.reset();
  faulty_.reset();
  EXPECT_TRUE(monitor_->status().writable);
}

}  // namespace
}  // namespace gannet::store
