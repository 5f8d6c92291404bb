// Dates in commands and responses (RFC 9051 9: date, date-time).
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "imap/parser/scanner.h"

namespace gannet::imap {

// "17-Jul-1996" or 17-Jul-1996, as days from 1970-01-01.
Result<std::int64_t> parse_date(Scanner& in);
// "17-Jul-1996 02:44:25 -0700", quoted; the day may have a leading blank.
Result<WallTime> parse_date_time(Scanner& in);

// INTERNALDATE: quoted, in UTC.
void append_date_time(std::string& out, WallTime time);
// The day of INTERNALDATE as append_date_time() shows it, in days from 1970-01-01.
std::int64_t day_of(WallTime time);

}  // namespace gannet::imap
