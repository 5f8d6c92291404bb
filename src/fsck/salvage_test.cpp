// A RocksDB with mail, damaged at random places, into a new store.
#include "fsck/salvage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "fsck/run.h"
#include "mailbox/schema.h"
#include "mailbox/testing/fixture.h"
#include "store/migration/record.h"

namespace gannet::fsck {
namespace {

namespace fs = std::filesystem;
using mailbox::testing::mail;
using mailbox::testing::must;

class Kept : public Listener {
 public:
  void found(const Finding& finding) override {
    all.push_back(finding);
    lost += finding.fate == Fate::kLost;
    words += std::string(to_string(finding.fate)) + " " + finding.check + ": " + finding.what + "\n";
  }
  void progress(const std::string&, std::uint64_t, std::uint64_t) override {}
  bool cancelled() override { return false; }
  std::vector<Finding> all;
  std::uint64_t lost = 0;
  std::string words;
};

class SalvageTest : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  static constexpr int kMessages = 300;
  static constexpr mailbox::AccountId kAnn = 7;

  SalvageTest() : dice(GetParam()), random(GetParam()) {
    std::string name = (fs::temp_directory_path() / "gannet-salvage-XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  ~SalvageTest() override { fs::remove_all(folder); }

  static std::string content(int number) {
    return mail(
        {.id = fmt::format("{}@example.org", number),
         .body = fmt::format("{} {}\r\n", number, std::string(static_cast<std::size_t>(number) * 20, 'x'))});
  }
  store::Stores open(const std::string& path) {
    store::Stores out;
    // Small, so that there are files besides the log.
    out.data = must(store::open_rocksdb({.path = path, .write_buffer_size = 1 << 20}, clock));
    out.blob = store::blob_store_over(out.data);
    out.search_data = out.data;
    out.lookup = store::memory_lookup_store(1 << 20, clock);
    return out;
  }
  // Twice, so that some of it is in files and some in the log.
  void fill() {
    for (int half = 0; half < 2; ++half) {
      const auto stores = open(folder + "/old");
      const auto accounts = mailbox::make_accounts(stores, mailbox::testing::with_folders(), clock, random);
      for (int i = 0; i < kMessages / 2; ++i) {
        const std::string text = content(half * kMessages / 2 + i);
        mailbox::Destination to{.account = kAnn};
        must(accounts->store({text, clock.now()}, std::span(&to, 1)));
      }
    }
  }
  std::vector<fs::path> files(const std::string& ending) {
    std::vector<fs::path> out;
    for (const auto& entry : fs::directory_iterator(folder + "/old"))
      if (entry.path().extension() == ending && entry.file_size() > 0) out.push_back(entry.path());
    std::ranges::sort(out);
    return out;
  }
  void damage(const fs::path& path) {
    const auto size = fs::file_size(path);
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(dice.below(size)));
    const std::string noise = random.bytes(64);
    file.write(noise.data(), static_cast<std::streamsize>(noise.size()));
  }
  // Salvages; what is there afterwards is whole, and each message that can be read is one that was stored.
  std::size_t salvaged(Kept& kept, SalvageOutcome& outcome) {
    const auto stores = open(folder + "/new");
    outcome = must(salvage(folder + "/old", folder + "/copy", stores, clock, random, kept));
    EXPECT_FALSE(fs::exists(folder + "/copy"));
    Kept second;
    const Options options{.repair = true, .deep = true, .account = std::nullopt};
    must(run({stores, options, clock, random, second}));
    EXPECT_EQ(second.all.size(), second.lost) << second.words;
    EXPECT_EQ(second.lost, kept.lost) << second.words << "against\n" << kept.words;
    const auto accounts = mailbox::make_accounts(stores, mailbox::testing::with_folders(), clock, random);
    std::set<std::string> stored, read;
    for (int i = 0; i < kMessages; ++i) stored.insert(content(i));
    for (mailbox::DocumentId document = 1; document <= kMessages; ++document) {
      const auto record = must(accounts->messages(kAnn, std::span(&document, 1))).front();
      if (!record) continue;
      const auto text = accounts->content(*record);
      if (!text) continue;
      EXPECT_TRUE(stored.contains(*text));
      read.insert(*text);
    }
    return read.size();
  }

  std::string folder;
  ManualClock clock;
  SeededRandom dice;
  SeededRandom random;
};

TEST_P(SalvageTest, WholeDirectory) {
  fill();
  {
    // As of a migration that was under way: the new store takes no part in it.
    store::migration::Record record;
    record.from = "first";
    store::WriteBatch running;
    running.set(store::migration::source_key(), store::migration::encode(record));
    running.set(store::migration::changes_prefix() + "entry", "keys");
    must(open(folder + "/old").data->commit(std::move(running)));
  }
  Kept kept;
  SalvageOutcome outcome;
  EXPECT_EQ(salvaged(kept, outcome), static_cast<std::size_t>(kMessages));
  EXPECT_EQ(kept.words, "");
  EXPECT_THAT(outcome.damage, ::testing::IsEmpty());
  EXPECT_EQ(outcome.messages, static_cast<std::uint64_t>(kMessages));
  EXPECT_TRUE(must(open(folder + "/new").data->scan(store::Range::prefix(store::migration::own_prefix())))
                  .items.empty());
}

TEST_P(SalvageTest, DamagedLog) {
  fill();
  const auto logs = files(".log");
  ASSERT_FALSE(logs.empty());
  damage(logs.back());
  Kept kept;
  SalvageOutcome outcome;
  EXPECT_GE(salvaged(kept, outcome), static_cast<std::size_t>(kMessages) / 2) << kept.words;
}

TEST_P(SalvageTest, DamagedFile) {
  fill();
  auto found = files(".sst");
  for (auto& blob : files(".blob")) found.push_back(blob);
  ASSERT_FALSE(found.empty());
  damage(found[dice.below(found.size())]);
  Kept kept;
  SalvageOutcome outcome;
  const auto read = salvaged(kept, outcome);
  RecordProperty("read", static_cast<int>(read));
  EXPECT_GT(read + kept.lost, 0u) << kept.words;
}

TEST_P(SalvageTest, RefusesWhatIsNotEmpty) {
  fill();
  const auto stores = open(folder + "/old2");
  store::WriteBatch batch;
  batch.set(mailbox::message_key(1, 1), "x");
  must(stores.data->commit(std::move(batch)));
  Kept kept;
  EXPECT_FALSE(salvage(folder + "/old", folder + "/copy", stores, clock, random, kept));
  EXPECT_FALSE(salvage(folder + "/nothing", folder + "/copy", open(folder + "/new"), clock, random, kept));
}

std::uint64_t seeds() {
  const char* asked = std::getenv("GANNET_SEEDS");
  return asked ? std::strtoull(asked, nullptr, 10) : 3;
}
INSTANTIATE_TEST_SUITE_P(Seeds, SalvageTest, ::testing::Range<std::uint64_t>(1, 1 + seeds()));

}  // namespace
}  // namespace gannet::fsck
