// The lines of an mbox: quoting, the line before each message, and what programs keep in headers of their own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cli/transfer/format.h"

namespace gannet::cli {

// "Thu Nov 25 17:30:51 2026", in UTC.
std::string mbox_date(std::int64_t ms);
// The date in a line that starts with "From ", as asctime() or date(1) write it; ms since 1970. A zone name but
// UTC's is ignored, "+0100" is not.
std::optional<std::int64_t> date_of_from_line(std::string_view line);
// "From ", ">From ", ">>From ", ...
bool is_quotable(std::string_view line);

// Takes Status, X-Status, X-Keywords, X-UID, X-IMAPbase, X-IMAP and X-Mozilla-Status out of a message with CRLF
// line ends. Where Gannet wrote it, they stand first, behind X-Gannet-Size, and the message has just that size.
void take_mbox_headers(std::string& content, MessageFacts& facts);
// The block that goes first.
std::string mbox_headers(const MessageFacts& facts, std::string_view imap_base);

}  // namespace gannet::cli
