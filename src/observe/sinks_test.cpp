#include "observe/sinks.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace gannet::observe {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class SinksTest : public testing::Test {
 protected:
  SinksTest() {
    std::string pattern = (fs::temp_directory_path() / "gannet-log-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~SinksTest() override { fs::remove_all(folder_); }

  TracerSettings file_settings() const {
    TracerSettings settings;
    settings.id = "log";
    settings.type = TracerType::kFile;
    settings.path = folder_.string();
    settings.rotate = Rotate::kNever;
    return settings;
  }
  std::string read(const std::string& name) const {
    std::ifstream in(folder_ / name);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
  }
  static Event at(std::int64_t unix_ms, std::string_view id) {
    return {from_unix_ms(unix_ms), Level::kInfo, id, {}};
  }
  fs::path folder_;
};

constexpr std::int64_t kDay = 86'400'000;
constexpr std::int64_t kStart = 1'767'323'045'678;  // 2026-01-02

TEST_F(SinksTest, AFlushedEventIsInTheFile) {
  auto sink = make_sink(file_settings());
  ASSERT_TRUE(sink);
  (*sink)->accept(at(kStart, "a.b"));
  (*sink)->flush();
  EXPECT_EQ(read("gannet.log"), "2026-01-02T03:04:05.678Z INFO a.b\n");
}

TEST_F(SinksTest, EventsOfManyThreadsAllArriveWhole) {
  auto sink = make_sink(file_settings());
  ASSERT_TRUE(sink);
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) (*sink)->accept(at(kStart, "a.b"));
    });
  }
  threads.clear();
  (*sink)->flush();
  std::istringstream lines(read("gannet.log"));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count)
    ASSERT_EQ(line, "2026-01-02T03:04:05.678Z INFO a.b");
  EXPECT_EQ(count, 2000);
}

TEST_F(SinksTest, ClosingASinkWritesWhatWaits) {
  {
    auto sink = make_sink(file_settings());
    ASSERT_TRUE(sink);
    for (int i = 0; i < 100; ++i) (*sink)->accept(at(kStart, "a.b"));
  }
  EXPECT_EQ(read("gannet.log").size(), 100 * std::string("2026-01-02T03:04:05.678Z INFO a.b\n").size());
}

TEST_F(SinksTest, DailyFilesRotateAndOldOnesGo) {
  auto settings = file_settings();
  settings.rotate = Rotate::kDaily;
  settings.keep = 2;
  settings.buffered = false;
  auto sink = make_sink(settings);
  ASSERT_TRUE(sink);
  for (int day = 0; day < 4; ++day) (*sink)->accept(at(kStart + day * kDay, "a.b"));
  EXPECT_FALSE(fs::exists(folder_ / "gannet.2026-01-03.log"));
  EXPECT_FALSE(fs::exists(folder_ / "gannet.2026-01-02.log"));
  EXPECT_THAT(read("gannet.2026-01-05.log"), HasSubstr("2026-01-05"));
}

TEST_F(SinksTest, DisabledEventsAreDropped) {
  auto settings = file_settings();
  settings.disabled_events = {"imap.*", "smtp.hello"};
  auto sink = make_sink(settings);
  ASSERT_TRUE(sink);
  for (const char* id : {"imap.login", "smtp.hello", "smtp.helloes"}) (*sink)->accept(at(kStart, id));
  (*sink)->flush();
  EXPECT_EQ(read("gannet.log"), "2026-01-02T03:04:05.678Z INFO smtp.helloes\n");
}

TEST_F(SinksTest, JsonLines) {
  auto settings = file_settings();
  settings.format = Format::kJson;
  auto sink = make_sink(settings);
  ASSERT_TRUE(sink);
  (*sink)->accept(at(kStart, "a.b"));
  (*sink)->flush();
  EXPECT_EQ(read("gannet.log"), R"({"time":"2026-01-02T03:04:05.678Z","level":"info","event":"a.b"})"
                                "\n");
}

TEST_F(SinksTest, AFileThatCannotBeWrittenIsNamed) {
  auto settings = file_settings();
  std::ofstream(folder_ / "plain") << "x";
  settings.path = (folder_ / "plain").string();
  const auto sink = make_sink(settings);
  ASSERT_FALSE(sink);
  EXPECT_TRUE(sink.error().is(ObserveError::kUnavailable));
  EXPECT_THAT(sink.error().text(), HasSubstr("tracer.log"));
  EXPECT_THAT(sink.error().detail(), HasSubstr(settings.path));
}

}  // namespace
}  // namespace gannet::observe
