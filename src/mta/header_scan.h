// What the transport reads of a message's header, and what it writes in front of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mime/range.h"

namespace gannet::mta {

struct HeaderScan {
  std::uint32_t received = 0;             // hops so far (RFC 5321 6.3)
  std::vector<std::string> delivered_to;  // addresses, as written
  std::vector<mime::Range> return_path;   // fields that final delivery takes out (RFC 5321 4.4)
  std::vector<mime::Range> blind;         // Bcc and Resent-Bcc, which no recipient may see (RFC 5322 3.6.3)
  bool date = false;
  bool message_id = false;
  bool starts_with_body = false;  // the first line is no field: there is no header section
};

// `limit` bounds how many octets of the header are looked at.
HeaderScan scan_header(std::string_view message, std::uint32_t limit = 1 << 20);

// Whether the message's Bcc fields stay: another server's message keeps what it was signed with.
enum class Blind : std::uint8_t { kKept, kTakenOut };

// `top` (whole header lines), then the message without its Return-Path fields. A message without a header section
// gets an empty line between, so that its text stays text.
std::string compose(std::string_view top, std::string message, const HeaderScan& scan,
                    Blind blind = Blind::kKept);

}  // namespace gannet::mta
