#include "mime/date.h"

#include <gtest/gtest.h>

namespace gannet::mime {
namespace {

// Through format_date(), so that both directions are held against each other.
std::string read(std::string_view raw) {
  const auto date = parse_date(raw);
  if (!date) return "none";
  return format_date(from_unix_ms(date->unix_seconds * 1000), date->offset_minutes);
}

TEST(Date, Rfc5322) {
  EXPECT_EQ(parse_date("Tue, 1 Jul 2003 10:52:37 +0200")->unix_seconds, 1057049557);
  EXPECT_EQ(read("Tue, 1 Jul 2003 10:52:37 +0200"), "Tue, 1 Jul 2003 10:52:37 +0200");
  EXPECT_EQ(read("Thu,\r\n 13\r\n Feb\r\n 1969\r\n 23:32\r\n -0330 (Newfoundland Time)"),
            "Thu, 13 Feb 1969 23:32:00 -0330");
  EXPECT_EQ(read("Fri, 31 Dec 9999 23:59:60 +0000"), "Sat, 1 Jan 10000 00:00:00 +0000");
}

TEST(Date, ObsoleteForms) {  // RFC 5322 4.3
  EXPECT_EQ(read("21 Nov 97 09:55:06 GMT"), "Fri, 21 Nov 1997 09:55:06 +0000");
  EXPECT_EQ(read("Mon, 27 Jun 05 04:11 EST"), "Mon, 27 Jun 2005 04:11:00 -0500");
  EXPECT_EQ(read("1 Jan 103 00:00:00 Z"), "Wed, 1 Jan 2003 00:00:00 +0000");
  EXPECT_EQ(read("Fri, 21 Nov 1997 09(comment):   55  :  06 -0600"), "Fri, 21 Nov 1997 09:55:06 -0600");
  EXPECT_EQ(read("Thu, 10 Jul 1997 14:53:31 ZZZZ"), "Thu, 10 Jul 1997 14:53:31 +0000");
}

TEST(Date, WhatPeopleReallySend) {
  EXPECT_EQ(read("Thu Feb 13 23:32:54 1969"), "Thu, 13 Feb 1969 23:32:54 +0000");
  EXPECT_EQ(read("2003-07-01T10:52:37Z"), "Tue, 1 Jul 2003 10:52:37 +0000");
  EXPECT_EQ(read("2003-07-01 10:52:37 +0200"), "Tue, 1 Jul 2003 10:52:37 +0200");
  EXPECT_EQ(read("1-Jul-2003 10:52:37 PM -07:00"), "Tue, 1 Jul 2003 22:52:37 -0700");
  EXPECT_EQ(read("Tuesday, July 1, 2003 10:52"), "Tue, 1 Jul 2003 10:52:00 +0000");
  EXPECT_EQ(read("Tue, 1 Jul 2003"), "Tue, 1 Jul 2003 00:00:00 +0000");
  EXPECT_EQ(read("Tue, 1 Jul 2003 10:52:37 GMT+0200"), "Tue, 1 Jul 2003 10:52:37 +0200");
  EXPECT_EQ(read("by mx with SMTP id b16; Mon, 10 Oct 2022 10:31:15 -0700 (PDT)"),
            "Mon, 10 Oct 2022 10:31:15 -0700");
}

TEST(Date, NoDate) {
  for (auto raw :
       {"", "never", "13 zzz 2021 09:55:06", "Tue, 7 00 2026 19:14:51", "32 Jan 2020", "1 2", "(", ":::"})
    EXPECT_EQ(read(raw), "none") << raw;
}

TEST(Date, LocalDayIsTheDayAsWritten) {
  EXPECT_EQ(parse_date("1 Jan 1970 23:30:00 -0500")->local_day(), 0);
  EXPECT_EQ(parse_date("2 Jan 1970 00:30:00 +0500")->local_day(), 1);
  EXPECT_EQ(parse_date("31 Dec 1969 12:00:00 +0000")->local_day(), -1);
}

}  // namespace
}  // namespace gannet::mime
