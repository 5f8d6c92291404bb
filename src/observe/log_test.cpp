#include "observe/log.h"

#include <gmock/gmock.h>

#include <thread>

#include "base/assert.h"
#include "base/unicode.h"
#include "observe/utf8.h"

namespace gannet::observe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

enum class TestError { kBroken };
constexpr const char* error_domain(TestError) {
  return "test";
}

Event event_of(std::span<const Field> fields) {
  return {from_unix_ms(1'767'323'045'678), Level::kInfo, "smtp.message-received", fields};
}

TEST(Log, ATextLineShowsTimeLevelIdAndPairs) {
  const Field fields[] = {
      {"size", 512}, {"subject", "two words"}, {"ok", true}, {"took", std::chrono::seconds(2)}};
  EXPECT_EQ(
      format_text(event_of(fields)),
      "2026-01-02T03:04:05.678Z INFO smtp.message-received size=512 subject=\"two words\" ok=true took=2000");
}

TEST(Log, AJsonLineHasTypedValues) {
  const Field fields[] = {{"size", 512u}, {"delta", -1}, {"helo", "a\"b"}, {"ratio", 0.5}};
  EXPECT_EQ(format_json(event_of(fields)),
            R"({"time":"2026-01-02T03:04:05.678Z","level":"info","event":"smtp.message-received",)"
            R"("size":512,"delta":-1,"helo":"a\"b","ratio":0.5})");
}

TEST(Log, APeerCannotForgeALine) {
  const Field fields[] = {{"helo", "x\r\n2026 ERROR fake"}};
  const std::string text = format_text(event_of(fields));
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_THAT(text, HasSubstr("helo=\"x\\r\\n2026 ERROR fake\""));
  EXPECT_EQ(format_json(event_of(fields)).find('\n'), std::string::npos);
}

TEST(Log, BytesThatAreNotUtf8AreEscaped) {
  const Field fields[] = {{"name", "a\xff z"}};
  EXPECT_THAT(format_text(event_of(fields)), HasSubstr("name=\"a\\xff z\""));
  const std::string json = format_json(event_of(fields));
  EXPECT_TRUE(is_utf8(json));
  EXPECT_THAT(json, HasSubstr("a\xef\xbf\xbd z"));
}

TEST(Log, SecretsAreMasked) {
  CapturedEvents events;
  info("auth.tried", {{"password", Secret("hunter2")}});
  EXPECT_THAT(events.lines(), ElementsAre("INFO auth.tried password=***"));
}

TEST(Log, ErrorsShowTheOperatorsDetail) {
  CapturedEvents events;
  const Error failure = Error(TestError::kBroken, "cannot read").with_detail("/var/x: EIO");
  warn("store.failed", {{"reason", failure}});
  EXPECT_THAT(events.lines(), ElementsAre("WARN store.failed reason=\"cannot read (/var/x: EIO)\""));
}

TEST(Log, ASinkGetsOnlyItsLevel) {
  CapturedEvents events(Level::kWarn);
  EXPECT_FALSE(enabled(Level::kInfo));
  EXPECT_TRUE(enabled(Level::kError));
  info("a.b");
  error("c.d");
  EXPECT_THAT(events.lines(), ElementsAre("ERROR c.d"));
}

TEST(Log, BugsBecomeEvents) {
  CapturedEvents events;
  GANNET_BUG("two owners");
  EXPECT_EQ(events.count("base.bug"), 1u);
}

TEST(Log, ThreadsMayEmitWhileSinksChange) {
  CapturedEvents outer;
  std::thread writer([] {
    for (int i = 0; i < 2000; ++i) info("a.b", {{"i", i}});
  });
  for (int i = 0; i < 100; ++i) CapturedEvents inner;
  writer.join();
  EXPECT_LE(outer.count("a.b"), 2000u);
}

TEST(Utf8, KnowsTheEdges) {
  EXPECT_EQ(utf8_length("az"), 1u);
  EXPECT_EQ(utf8_length("\xc3\xa4z"), 2u);
  EXPECT_EQ(utf8_length("\xe2\x82\xacz"), 3u);
  EXPECT_EQ(utf8_length("\xf0\x9f\x98\x80z"), 4u);
  EXPECT_EQ(utf8_length("\xc0\x80"), 0u);          // overlong
  EXPECT_EQ(utf8_length("\xe0\x80\x80"), 0u);      // overlong
  EXPECT_EQ(utf8_length("\xed\xa0\x80"), 0u);      // surrogate
  EXPECT_EQ(utf8_length("\xf4\x90\x80\x80"), 0u);  // above U+10FFFF
  EXPECT_EQ(utf8_length("\xe2\x82"), 0u);          // cut off
}

}  // namespace
}  // namespace gannet::observe
