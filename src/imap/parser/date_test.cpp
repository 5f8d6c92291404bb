#include "imap/parser/date.h"

#include <gmock/gmock.h>

namespace gannet::imap {
namespace {

Result<WallTime> date_time(std::string text) {
  Scanner in(text);
  return parse_date_time(in);
}
Result<std::int64_t> date(std::string text) {
  Scanner in(text);
  return parse_date(in);
}
std::string written(WallTime time) {
  std::string out;
  append_date_time(out, time);
  return out;
}

TEST(Date, ReadsDateAndTimeInAnyZone) {
  EXPECT_EQ(written(date_time("\"17-Jul-1996 02:44:25 -0700\"").value()), "\"17-Jul-1996 09:44:25 +0000\"");
  EXPECT_EQ(written(date_time("\" 1-jan-2024 00:15:00 +0130\"").value()), "\"31-Dec-2023 22:45:00 +0000\"");
  EXPECT_EQ(written(from_unix_ms(-1)), "\"31-Dec-1969 23:59:59 +0000\"");
}

TEST(Date, ReadsADayWithAndWithoutQuotes) {
  EXPECT_EQ(date("1-Feb-1994").value(), date("\"1-Feb-1994\"").value());
  EXPECT_EQ(date("2-Jan-1970").value(), 1);
  EXPECT_EQ(day_of(date_time("\"02-Jan-1970 23:59:59 +0000\"").value()), 1);
}

TEST(Date, RefusesWhatIsNone) {
  for (const auto* bad :
       {"\"32-Jan-2024 00:00:00 +0000\"", "\"30-Feb-2024 00:00:00 +0000\"", "\"01-Jan-2024 24:00:00 +0000\"",
        "\"01-Jan-2024 00:00:00 0000\"", "\"01-Jan-24 00:00:00 +0000\"", "01-Jan-2024 00:00:00 +0000",
        "\"01-Jan-2024 00:00:00 +0000"}) {
    EXPECT_FALSE(date_time(bad)) << bad;
  }
  EXPECT_FALSE(date("1-Foo-1994"));
  EXPECT_FALSE(date("\"1-Feb-1994"));
}

}  // namespace
}  // namespace gannet::imap
