#include "config/values.h"

#include <gtest/gtest.h>

#include "config/registry.h"

namespace gannet::config {
namespace {

using namespace std::chrono_literals;

TEST(Values, Durations) {
  EXPECT_EQ(parse_duration("500ms"), Duration(500));
  EXPECT_EQ(parse_duration("30s"), Duration(30s));
  EXPECT_EQ(parse_duration("5m"), Duration(5min));
  EXPECT_EQ(parse_duration(" 1 h "), Duration(1h));
  EXPECT_EQ(parse_duration("30d"), Duration(30 * 24h));
  EXPECT_EQ(parse_duration("0"), Duration(0));
  for (const char* wrong :
       {"", "5", "5x", "m", "-5m", "1.5h", "5m5", "99999999999999999999d", "9223372036854775807d"}) {
    EXPECT_FALSE(parse_duration(wrong)) << wrong;
  }
  EXPECT_EQ(format_duration(90s), "90s");
  EXPECT_EQ(format_duration(1h), "1h");
  EXPECT_EQ(format_duration(Duration(0)), "0s");
}

TEST(Values, Sizes) {
  EXPECT_EQ(parse_size("1024"), 1024u);
  EXPECT_EQ(parse_size("10mb"), 10u << 20);
  EXPECT_EQ(parse_size("1 GB"), 1u << 30);
  for (const char* wrong : {"", "-1", "10xb", "1.5mb", "99999999tb"})
    EXPECT_FALSE(parse_size(wrong)) << wrong;
  EXPECT_EQ(format_size(10 << 20), "10mb");
  EXPECT_EQ(format_size(1000), "1000");
}

TEST(Values, Rates) {
  EXPECT_EQ(parse_rate("100/1m"), (Rate{100, 1min}));
  EXPECT_EQ(parse_rate("5 / 1h"), (Rate{5, 1h}));
  for (const char* wrong : {"", "100", "0/1m", "1/0s", "/1m", "1/", "a/1m"})
    EXPECT_FALSE(parse_rate(wrong)) << wrong;
}

TEST(Values, Crons) {
  EXPECT_EQ(parse_cron("15 * *"), (Cron{15, std::nullopt, std::nullopt}));
  EXPECT_EQ(parse_cron("0 3 7"), (Cron{0, 3, 7}));
  for (const char* wrong : {"", "15", "60 * *", "0 24 *", "0 0 0", "0 0 8", "0 0 * *", "a * *"}) {
    EXPECT_FALSE(parse_cron(wrong)) << wrong;
  }
}

WallTime at(int year, unsigned month, unsigned day, int hour, int minute, int second = 0) {
  using namespace std::chrono;
  return sys_days(std::chrono::year(year) / static_cast<int>(month) / static_cast<int>(day)) + hours(hour) +
         minutes(minute) + seconds(second);
}

TEST(Values, TheNextTimeOfACron) {
  // 2026-01-02 is a Friday.
  const auto now = at(2026, 1, 2, 3, 4, 5);
  EXPECT_EQ(parse_cron("15 * *")->next(now), at(2026, 1, 2, 3, 15));
  EXPECT_EQ(parse_cron("4 * *")->next(now), at(2026, 1, 2, 4, 4));
  EXPECT_EQ(parse_cron("0 3 *")->next(now), at(2026, 1, 3, 3, 0));
  EXPECT_EQ(parse_cron("0 0 1")->next(now), at(2026, 1, 5, 0, 0));
  EXPECT_EQ(parse_cron("0 0 5")->next(now), at(2026, 1, 9, 0, 0));
  EXPECT_EQ(parse_cron("* * *")->next(now), at(2026, 1, 2, 3, 5));
  // 05:04 local time is 03:04 UTC two hours east of it.
  EXPECT_EQ(parse_cron("0 6 *")->next(now, 120min), at(2026, 1, 2, 4, 0));
}

TEST(Keys, QuotesAroundWhatNeedsThem) {
  EXPECT_EQ(split_key("a.\"b.c\".d"), (Path{"a", "b.c", "d"}));
  EXPECT_EQ(join_path({"a", "b.c", "d e", ""}), "a.\"b.c\".\"d e\".\"\"");
  EXPECT_EQ(split_key(join_path({"x\"y", "z\\"})), (Path{"x\"y", "z\\"}));
}

TEST(Keys, Distance) {
  EXPECT_EQ(edit_distance("listener", "listner"), 1u);
  EXPECT_EQ(edit_distance("tiemout", "timeout"), 1u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("same", "same"), 0u);
}

}  // namespace
}  // namespace gannet::config
