#include "store/testing/power_loss.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "base/bytes.h"
#include "base/random.h"
#include "store/data_blob_store.h"
#include "store/rocksdb/rocksdb_store.h"
#include "store/sqlite/sqlite_store.h"
#include "store/testing/power_loss_vfs.h"

namespace gannet::store {
namespace {

constexpr std::uint32_t kWriters = 4;
constexpr std::array<std::uint8_t, 4> kSubspacesOfABatch = {'m', 'n', 'c', 'q'};

// What one writer has been told. It commits numbered batches: number n sets the writer's key in four
// subspaces to n, adds one to a counter and, now and then, brings a blob.
struct Witness {
  std::uint64_t acknowledged = 0;  // the last batch that was
  std::uint64_t attempted = 0;
  std::vector<std::pair<std::uint64_t, BlobId>> blobs;  // number of the batch that brought it
};

std::string key_of(std::uint8_t subspace, std::uint32_t writer) {
  return KeyWriter(subspace).u32(writer).take();
}

std::string blob_content(std::uint32_t writer, std::uint64_t n) {
  SeededRandom random(writer * 1'000'003 + n);
  return random.bytes(1 + random.below(60'000));
}

enum class Engine : std::uint8_t { kRocksDb, kSqlite };

// A machine with a disk, on which one engine keeps a store.
class Machine : public testing::PowerLoss {
 public:
  Machine(Engine engine, std::uint64_t seed) : PowerLoss(seed), engine_(engine), vfs_(*this) {}

  Result<std::shared_ptr<DataStore>> open(Clock& clock) {
    // Small, so that flushes, compactions and checkpoints are cut short, too.
    if (engine_ == Engine::kSqlite)
      return open_sqlite(
          {.path = "/mail.db", .max_wal_size = 1 << 20, .resume_interval = Duration(5), .vfs = vfs_.name()},
          clock);
    RocksDbOptions options{.path = "/db"};
    options.write_buffer_size = 2 << 20;
    options.file_system = file_system();
    options.resume_interval = Duration(5);
    return open_rocksdb(options, clock);
  }

 private:
  const Engine engine_;
  testing::PowerLossVfs vfs_;
};

// One store on one machine, and those who work with it.
class Site {
 public:
  Site(Engine engine, std::uint64_t seed) : machine_(engine, seed), random_(seed) {}

  void open() {
    auto opened = machine_.open(clock_);
    ASSERT_TRUE(opened) << opened.error().describe();
    data_ = *opened;
    blobs_ = blob_store_over(data_);
  }
  void close() {
    blobs_.reset();
    data_.reset();
  }

  // Until the power fails, or `batches` are done.
  void work(std::uint32_t writer, Witness& witness, std::uint64_t batches) {
    for (; batches > 0; --batches) {
      const std::uint64_t n = ++witness.attempted;
      WriteBatch batch;
      for (const auto subspace : kSubspacesOfABatch)
        batch.set(key_of(subspace, writer), RecordWriter().varint(n).raw(std::string(n % 300, 'x')).take());
      batch.add(key_of('a', writer), 1);
      if (n % 3 == 0) {
        const std::string content = blob_content(writer, n);
        const BlobId id = BlobId::of(content);
        if (!blobs_->put_with(batch, id, content)) return;
        witness.blobs.emplace_back(n, id);
      }
      if (!data_->commit(std::move(batch))) return;
      witness.acknowledged = n;
    }
  }

  // All that was acknowledged is there; of the one batch in flight, all or nothing.
  void check(std::uint32_t writer, Witness& witness) {
    std::optional<std::uint64_t> found;
    for (const auto subspace : kSubspacesOfABatch) {
      const auto value = data_->get(key_of(subspace, writer));
      ASSERT_TRUE(value) << value.error().describe();
      RecordReader reader(*value ? std::string_view(**value) : std::string_view());
      const std::uint64_t n = *value ? reader.varint() : 0;
      if (!found) found = n;
      EXPECT_EQ(n, *found) << "half a batch";
    }
    EXPECT_GE(*found, witness.acknowledged);
    EXPECT_LE(*found, witness.attempted);
    const auto counter = data_->get(key_of('a', writer));
    EXPECT_EQ(static_cast<std::uint64_t>(decode_counter(counter->value_or(""))), *found);
    for (const auto& [n, id] : witness.blobs) {
      if (n > *found) continue;
      const auto content = blobs_->get(id);
      ASSERT_TRUE(content) << content.error().describe();
      EXPECT_EQ(*content, blob_content(writer, n));
    }
    std::erase_if(witness.blobs, [&](const auto& blob) { return blob.first > *found; });
    // Numbers go on from what is there, so that the counter can be compared again.
    witness.acknowledged = witness.attempted = *found;
  }

  // Works until the power fails, three times, and compares each time.
  void outages() {
    std::array<Witness, kWriters> witnesses;
    for (int outage = 0; outage < 3; ++outage) {
      ASSERT_NO_FATAL_FAILURE(open());
      for (std::uint32_t w = 0; w < kWriters; ++w) ASSERT_NO_FATAL_FAILURE(check(w, witnesses[w]));
      machine_.fail_after(1 + random_.below(400));
      std::vector<std::jthread> writers;
      for (std::uint32_t w = 0; w < kWriters; ++w)
        writers.emplace_back([&, w] { work(w, witnesses[w], 400); });
      writers.clear();
      close();
      machine_.restart();
    }
    ASSERT_NO_FATAL_FAILURE(open());
    for (std::uint32_t w = 0; w < kWriters; ++w) ASSERT_NO_FATAL_FAILURE(check(w, witnesses[w]));
    close();
  }

  Machine& machine() { return machine_; }
  DataStore& data() { return *data_; }

 private:
  Machine machine_;
  SeededRandom random_;
  SystemClock clock_;
  std::shared_ptr<DataStore> data_;
  std::shared_ptr<BlobStore> blobs_;
};

class PowerLossTest : public ::testing::TestWithParam<Engine> {};

TEST_P(PowerLossTest, NothingAcknowledgedIsLost) {
  const char* wanted = std::getenv("GANNET_POWER_LOSS_ROUNDS");
  const std::uint64_t rounds = wanted ? std::strtoull(wanted, nullptr, 10) : 24;
  // Sites side by side: RocksDB waits a second whenever its background work fails.
  std::atomic<std::uint64_t> next{1};
  const Engine engine = GetParam();
  std::vector<std::jthread> hands;
  for (int hand = 0; hand < 24; ++hand)
    hands.emplace_back([&] {
      for (std::uint64_t seed = next++; seed <= rounds && !::testing::Test::HasFailure(); seed = next++) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Site(engine, seed).outages();
      }
    });
}

// The power fails at every single operation of a start, one after the other.
TEST_P(PowerLossTest, StartingMayBeCutShortAnywhere) {
  Machine machine(GetParam(), 77);
  SystemClock clock;
  bool opened = false;
  for (std::uint64_t n = 1; !opened && n < 2000; n += 1 + n / 10) {
    machine.fail_after(n);
    auto store = machine.open(clock);
    opened = store && !machine.failed();
    if (store) store->reset();
    machine.restart();
  }
  ASSERT_TRUE(opened);
  auto store = machine.open(clock);
  ASSERT_TRUE(store) << store.error().describe();
  WriteBatch batch;
  batch.set("akey", "value");
  EXPECT_TRUE((*store)->commit(std::move(batch)));
}

// The tests above would prove nothing if this machine forgot nothing.
TEST_P(PowerLossTest, WhatIsRelaxedMayBeLostButNeverWhatCameBefore) {
  int lost = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Site site(GetParam(), seed);
    ASSERT_NO_FATAL_FAILURE(site.open());
    WriteBatch stable;
    stable.set("astable", "1");
    ASSERT_TRUE(site.data().commit(std::move(stable)));
    WriteBatch relaxed;
    relaxed.set_durability(Durability::kRelaxed);
    relaxed.set("arelaxed", "1");
    ASSERT_TRUE(site.data().commit(std::move(relaxed)));
    site.machine().fail();
    site.close();
    site.machine().restart();
    ASSERT_NO_FATAL_FAILURE(site.open());
    EXPECT_EQ(*site.data().get("astable"), "1");
    lost += !site.data().get("arelaxed")->has_value();
    site.close();
  }
  EXPECT_GT(lost, 0);
}

bool commit(DataStore& data, const std::string& key, Durability durability = Durability::kStable) {
  WriteBatch batch;
  batch.set_durability(durability);
  batch.set(key, std::string(9000, 'v'));
  return data.commit(std::move(batch)).has_value();
}

// One sync fails, and the next would work: the kernel has forgotten what it could not write.
TEST_P(PowerLossTest, NothingIsBuiltOnASyncThatFailed) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const bool read = seed % 2 == 0;  // by a snapshot that keeps SQLite's log from beginning anew
    Site site(GetParam(), seed);
    ASSERT_NO_FATAL_FAILURE(site.open());
    ASSERT_TRUE(commit(site.data(), "abefore"));
    ASSERT_TRUE(commit(site.data(), "arelaxed", Durability::kRelaxed));
    auto snapshot = *site.data().snapshot();
    if (!read) snapshot.reset();

    std::vector<std::string> acknowledged{"abefore"};
    site.machine().fail_syncs(1);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    const auto release = std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
    for (int i = 0; acknowledged.size() < 3; ++i) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "writes did not resume";
      if (std::chrono::steady_clock::now() > release) snapshot.reset();
      const std::string key = "a" + std::to_string(i);
      if (commit(site.data(), key)) {
        acknowledged.push_back(key);
      } else if (GetParam() == Engine::kRocksDb) {
        // It stays stopped until it is opened anew.
        snapshot.reset();
        site.close();
        ASSERT_NO_FATAL_FAILURE(site.open());
      }
      std::this_thread::yield();
    }
    snapshot.reset();
    site.machine().fail();
    site.close();
    site.machine().restart();
    ASSERT_NO_FATAL_FAILURE(site.open());
    for (const auto& key : acknowledged) EXPECT_TRUE(site.data().get(key)->has_value()) << key;
    site.close();
  }
}

INSTANTIATE_TEST_SUITE_P(Engines, PowerLossTest, ::testing::Values(Engine::kRocksDb, Engine::kSqlite),
                         [](const auto& info) {
                           return info.param == Engine::kSqlite ? "sqlite" : "rocksdb";
                         });

}  // namespace
}  // namespace gannet::store
