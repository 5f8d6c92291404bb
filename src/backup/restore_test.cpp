#include "backup/restore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "backup/create.h"
#include "base/clock.h"
#include "base/random.h"
#include "store/blob_links.h"
#include "store/data_blob_store.h"
#include "store/filling.h"
#include "store/rocksdb/rocksdb_store.h"
#include "store/testing/faulty_data_store.h"

namespace gannet::backup {
namespace {

using store::testing::Fault;
using store::testing::FaultyDataStore;
using ::testing::HasSubstr;

struct TemporaryDirectory {
  TemporaryDirectory() { EXPECT_NE(mkdtemp(path.data()), nullptr); }
  ~TemporaryDirectory() { std::filesystem::remove_all(path); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  std::string path = std::filesystem::temp_directory_path() / "gannet-backup-XXXXXX";
};

class RestoreTest : public ::testing::Test {
 protected:
  store::Stores open(const std::string& name) {
    auto real = store::open_rocksdb({.path = directory_.path + "/" + name}, clock_);
    EXPECT_TRUE(real) << real.error().describe();
    auto faulty = std::make_shared<FaultyDataStore>(*real, clock_);
    store::Stores stores;
    stores.data = faulty;
    stores.blob = store::blob_store_over(faulty);
    stores.search_data = faulty;
    return stores;
  }
  static FaultyDataStore& faulty(const store::Stores& stores) {
    return static_cast<FaultyDataStore&>(*stores.data);
  }
  // Messages and records enough for several commits.
  void fill(const store::Stores& stores) {
    SeededRandom random(1);
    for (int i = 0; i < 12; ++i) {
      const std::string content = random.bytes(1 << 20);
      const auto id = store::BlobId::of(content);
      store::WriteBatch batch;
      ASSERT_TRUE(stores.blob->put_with(batch, id, content));
      link_blob(batch, id, "owner", clock_.now(), random_);
      for (int k = 0; k < 500; ++k) batch.set("m" + std::to_string(i * 1000 + k), "record");
      ASSERT_TRUE(stores.data->commit(std::move(batch)));
    }
  }
  std::string folder() const { return directory_.path + "/backup"; }
  static std::size_t records(const store::Stores& stores) {
    return scan_all(*stores.data, store::Range::prefix("m"))->size();
  }
  static std::size_t messages(const store::Stores& stores) {
    return stores.blob->list(std::nullopt, 1000)->size();
  }

  TemporaryDirectory directory_;
  SystemClock clock_;
  SystemRandom random_;
};

// Whichever commit is the last that comes through: nobody may take the stores for whole, and the same restore
// completes them.
TEST_F(RestoreTest, WhereverItIsCutShort) {
  {
    const auto stores = open("old");
    fill(stores);
    Progress progress;
    const auto made = create_backup(stores, folder(), clock_, progress);
    ASSERT_TRUE(made) << made.error().describe();
  }
  for (std::uint64_t last = 1;; ++last) {
    SCOPED_TRACE(last);
    const auto stores = open("new" + std::to_string(last));
    faulty(stores).plan_commits([last](std::uint64_t n, const store::WriteBatch&) {
      return Fault{.kind = n == last ? Fault::kLost : n > last ? Fault::kUnavailable : Fault::kNone};
    });
    const auto cut = restore_backup(folder(), "", stores);
    faulty(stores).plan_commits(nullptr);
    const auto whole = store::require_whole(*stores.data);
    if (!cut && whole) {
      // Only the answer of the very last commit was lost.
      EXPECT_EQ(records(stores), 6000u);
      EXPECT_GT(last, 4u) << "it takes several commits";
      break;
    }
    ASSERT_FALSE(cut);
    ASSERT_FALSE(whole);
    EXPECT_TRUE(whole.error().is(store::StoreError::kConfiguration));
    EXPECT_THAT(whole.error().text(), HasSubstr("gannet backup restore " + folder()));
    const auto again = restore_backup(folder(), "", stores);
    ASSERT_TRUE(again) << again.error().describe();
    EXPECT_TRUE(store::require_whole(*stores.data));
    EXPECT_EQ(records(stores), 6000u);
    EXPECT_EQ(messages(stores), 12u);
    EXPECT_TRUE(restore_backup(folder(), "", stores).error().is(BackupError::kNotEmpty));
  }
}

TEST_F(RestoreTest, WhatACutBackupLeftIsClearedAwayAndWhatIsMissingIsCounted) {
  const auto stores = open("old");
  fill(stores);
  Progress first;
  ASSERT_TRUE(create_backup(stores, folder(), clock_, first));
  const std::string left = folder() + "/blobs/2026-01-01T00-00-00Z-0001";
  std::ofstream(left + ".zst") << "half";
  std::ofstream(left + ".ids") << "";
  const auto lost = stores.blob->list(std::nullopt, 1)->front();
  ASSERT_TRUE(stores.blob->remove(lost));
  std::filesystem::create_directories(directory_.path + "/other");
  Progress second, other;
  ASSERT_TRUE(create_backup(stores, folder(), clock_, second));
  EXPECT_FALSE(std::filesystem::exists(left + ".zst"));
  EXPECT_FALSE(std::filesystem::exists(left + ".ids"));
  EXPECT_EQ(second.missing, 0u) << "the first one has it";
  EXPECT_EQ(verify_backup(folder(), "")->blobs, 12u);
  ASSERT_TRUE(create_backup(stores, directory_.path + "/other", clock_, other));
  EXPECT_EQ(other.missing, 1u);
  EXPECT_THAT(verify_backup(directory_.path + "/other", "")->missing, ::testing::ElementsAre(lost.hex()));
}

// The first of two can write no more once the second has begun.
TEST_F(RestoreTest, TwoAtOnce) {
  const auto stores = open("old");
  auto first = store::FillingRun::begin(*stores.data, std::nullopt, {.source = "a", .advice = "b"}, random_);
  ASSERT_TRUE(first);
  EXPECT_TRUE(store::FillingRun::begin(*stores.data, std::nullopt, {.source = "a", .advice = "b"}, random_)
                  .error()
                  .is(store::StoreError::kConflict));
  auto second = store::FillingRun::begin(*stores.data, *store::read_filling(*stores.data),
                                         {.source = "a", .advice = "b"}, random_);
  ASSERT_TRUE(second);
  store::WriteBatch batch;
  batch.set("mkey", "value");
  EXPECT_TRUE(first->commit(batch).error().is(store::StoreError::kConflict));
  EXPECT_TRUE(first->end().error().is(store::StoreError::kConflict));
  EXPECT_TRUE(second->commit(batch));
  EXPECT_TRUE(second->end());
  EXPECT_TRUE(store::require_whole(*stores.data));
}

}  // namespace
}  // namespace gannet::backup
