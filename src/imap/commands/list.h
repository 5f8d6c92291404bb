#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "imap/commands/commands.h"
#include "imap/commands/status.h"

namespace gannet::imap {

// What LIST asks for (RFC 9051 6.3.9, RFC 5258, RFC 6154 2, RFC 5819).
struct ListRequest {
  bool select_subscribed = false;
  bool select_special_use = false;
  bool recursive_match = false;
  bool return_subscribed = false;
  std::vector<StatusItem> return_status;
  std::vector<std::string> patterns;  // reference and pattern together, UTF-8
  bool ask_delimiter = false;         // LIST "" ""
};

// The reference and a pattern as one (RFC 9051 6.3.9): joined, UTF-8. kSyntax for one that is too long or not
// in modified UTF-7.
Result<std::string> join_pattern(std::string_view reference, std::string_view pattern);
// "\Sent" and its like (RFC 6154 2); empty for none.
std::string_view special_use(mailbox::Role role);

}  // namespace gannet::imap
