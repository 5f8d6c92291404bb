#include "server/maintenance.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "store/blob_links.h"
#include "store/stores.h"

namespace gannet::server {
namespace {

using namespace std::chrono_literals;

class MaintenanceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string text =
        "[storage]\ndata = \"db\"\nblob = \"messages\"\n[store.db]\ntype = \"rocksdb\"\npath = \"" +
        folder_.string() + "/db\"\n[store.messages]\ntype = \"fs\"\npath = \"" + folder_.string() +
        "/messages\"\npurge.frequency = \"30 * *\"\npurge.grace = \"2h\"\n";
    auto config = config::Config::load_text(text, "gannet.toml", {.fragment = true});
    ASSERT_TRUE(config) << config.error().describe();
    auto opened = store::open_stores(*config, clock_, random_);
    ASSERT_TRUE(opened) << opened.error().describe();
    stores_ = *std::move(opened);
    options_ = maintenance_options(*config);
    options_.interval = 1ms;
  }
  void TearDown() override {
    stores_ = {};
    std::filesystem::remove_all(folder_);
  }

  // Whether the blob is gone, or is within `seconds` of real time.
  bool gone(const store::BlobId& id, std::chrono::seconds seconds) {
    const auto end = std::chrono::steady_clock::now() + seconds;
    while (std::chrono::steady_clock::now() < end) {
      if (!*stores_.blob->exists(id)) return true;
      std::this_thread::yield();
    }
    return false;
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("gannet-" + SystemRandom().token(12));
  // 2026-01-02T03:04:00Z; the time zone's offset is taken from the host and does not matter to "30 * *", as long
  // as it is of whole hours.
  ManualClock clock_{from_unix_ms(1'767'323'040'000)};
  SystemRandom random_;
  store::Stores stores_;
  MaintenanceOptions options_;
};

TEST_F(MaintenanceTest, CollectsOrphanedBlobsAtTheTimeOfTheSetting) {
  EXPECT_EQ(options_.blob_collection, (config::Cron{.minute = 30}));
  EXPECT_EQ(options_.blob_grace, 2h);
  observe::HealthComponent health(observe::health(), "stores");
  const store::BlobId orphan = store::BlobId::of("orphan"), linked = store::BlobId::of("linked");
  ASSERT_TRUE(stores_.blob->put(orphan, "orphan"));
  store::WriteBatch batch;
  ASSERT_TRUE(stores_.blob->put_with(batch, linked, "linked"));
  store::link_blob(batch, linked, "owner", clock_.now(), random_);
  ASSERT_TRUE(stores_.data->commit(std::move(batch)));
  clock_.advance(3h);
  const Maintenance maintenance(stores_, options_, clock_, random_, health);
  EXPECT_FALSE(gone(orphan, 1s)) << "it is 06:04";
  clock_.advance(30min);
  EXPECT_TRUE(gone(orphan, 20s)) << "it was 06:30";
  EXPECT_EQ(*stores_.blob->get(linked), "linked");
}

}  // namespace
}  // namespace gannet::server
