// Dates of header fields (RFC 5322 3.3 and 4.3), read leniently.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace gannet::mime {

struct Date {
  std::int64_t unix_seconds = 0;    // UTC; may be negative
  std::int32_t offset_minutes = 0;  // of the zone in which it was written, east positive; within +-24 h

  // Midnight of the day as it was written, in days from 1970-01-01 (IMAP's SENTBEFORE, SENTON, SENTSINCE).
  std::int64_t local_day() const;
  friend bool operator==(const Date&, const Date&) = default;
};

// Nothing if no day, month and year can be made out. Two- and three-digit years, obsolete and unknown zones
// (RFC 5322 4.3: as -0000), missing seconds, times and weekdays, comments, and the form of asctime() are
// read.
std::optional<Date> parse_date(std::string_view raw_value);

// "Tue, 1 Jul 2003 10:52:37 +0200". `offset_minutes` is the zone to write it in.
std::string format_date(WallTime time, int offset_minutes = 0);

}  // namespace gannet::mime
