// Every block of settings that the product's documents print must load as it stands, as a fragment.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "config/config.h"

namespace gannet::config {
namespace {

namespace fs = std::filesystem;

struct Block {
  std::string text;
  int line = 0;  // where it starts
};

bool is_table_header(const std::string& line) {
  return line.starts_with('[') && line.find(']') != std::string::npos && line.find("](") == std::string::npos;
}
bool is_assignment(const std::string& line) {
  const auto equals = line.find(" = ");
  return equals != std::string::npos && line.find(' ') == equals;
}

// Fenced blocks, and in pages that were rendered as text: a table header and the settings under it.
std::vector<Block> blocks_of(std::istream& in) {
  std::vector<Block> out;
  bool fenced = false;
  bool open = false;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    // The pages were joined without a line break between the last setting and the next page's first words.
    if (const auto glued = line.find("\"Skip to main content"); glued != std::string::npos)
      line.resize(glued + 1);
    if (line.starts_with("```")) {
      fenced = !fenced && line.starts_with("```toml");
      open = fenced;
      if (open) out.push_back({"", number + 1});
      continue;
    }
    const bool belongs = is_assignment(line) || is_table_header(line);
    if (!fenced && is_table_header(line) && !open) {
      out.push_back({"", number});
      open = true;
    }
    if (!fenced && !belongs && !line.empty()) open = false;
    if (open) out.back().text += line + "\n";
  }
  return out;
}

fs::path shared_folder() {
  if (const char* given = std::getenv("GANNET_SHARED")) return given;
  return fs::path(GANNET_SOURCE_DIR).parent_path() / "shared";
}

TEST(Spec, EveryPrintedBlockPassesAsAFragment) {
  const fs::path folder = shared_folder() / "spec";
  if (!fs::is_directory(folder)) GTEST_SKIP() << folder << " is not here; set GANNET_SHARED";
  std::size_t blocks = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::ifstream in(entry.path());
    for (const Block& block : blocks_of(in)) {
      ++blocks;
      const auto config = Config::load_text(block.text, entry.path().filename().string(),
                                            {.fragment = true, .environment = {}});
      EXPECT_TRUE(config) << entry.path() << " line " << block.line << "\n"
                          << block.text << "\n"
                          << (config ? "" : config.error().text());
      if (config) EXPECT_THAT(config->warnings(), testing::IsEmpty()) << block.text;
    }
  }
  EXPECT_GE(blocks, 13u) << "the documents print more blocks than were found";
}

// The same settings in our own words, for where the documents are not at hand.
TEST(Spec, TheDocumentedSettingsDoWhatTheySay) {
  const auto config = Config::load_text(R"(
    [directory."sql-one"]
    type = "sql"
    address = "mysql://db.example.org:3306"
    [directory."sql-one".pool]
    max-connections = 12
    min-connections = 1
    max-lifetime = "40m"
    idle-timeout = "11m"
    connect-timeout = "31s"
    [directory."sql-one".cache]
    entries = 400
    ttl = {positive = '2h', negative = '20m'}

    [directory."own"]
    type = "internal"
    store = "rocksdb"
    [directory."remote".pool]
    max-connections = 9
    [directory."remote".pool.timeout]
    create = "21s"
    wait = "22s"
    recycle = "23s"

    [storage]
    directory = "own"

    [cache]
    shard = 16
    capacity = 512
    mailbox.size = 100
    account.size = 200
    thread.size = 300
    [cache.session]
    ttl = "3h"
    [jmap.session.purge]
    frequency = "45 * *"
    [cache.bayes]
    capacity = 2000
    [cache.bayes.ttl]
    positive = "4h"
    negative = "5m"
    [cache.resolver]
    txt.size = 10
    mx.size = 11
    ipv4.size = 12
    ipv6.size = 13
    ptr.size = 14
    tlsa.size = 15
    mta-sts.size = 16
  )",
                                        "own.toml", {.fragment = true, .environment = {}});
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_THAT(config->warnings(), testing::IsEmpty());
  const Section sql = config->at("directory", "sql-one");
  EXPECT_EQ(sql.integer("pool.max-connections"), 12);
  EXPECT_EQ(sql.duration("pool.max-lifetime"), std::chrono::minutes(40));
  EXPECT_EQ(sql.duration("cache.ttl.positive"), std::chrono::hours(2));
  EXPECT_EQ(config->at("directory", "remote").duration("pool.timeout.recycle"), std::chrono::seconds(23));
  EXPECT_EQ(config->integer("cache.mailbox.size"), 100);
  EXPECT_EQ(config->duration("cache.bayes.ttl.negative"), std::chrono::minutes(5));
  EXPECT_EQ(config->integer("cache.resolver.mta-sts.size"), 16);
  EXPECT_EQ(config->get<Cron>("jmap.session.purge.frequency").minute, 45);
}

}  // namespace
}  // namespace gannet::config
