// The Received header (RFC 5321 4.4), with the protocol words of RFC 3848 and RFC 6531 and TLS as RFC 8314
// 4.3 writes it.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "smtp/session_handler.h"

namespace gannet::mta {

struct ReceivedFacts {
  std::string_view hostname;  // ours
  std::string_view id;
  std::string_view recipient;  // named only when there is one alone, so that nobody learns of the others
  bool utf8 = false;           // the message came with SMTPUTF8
  WallTime time;
};

// The whole field with its line ends; lines below 79 octets where its words allow it.
std::string received_header(const smtp::SessionInfo& session, const ReceivedFacts& facts);
// "ESMTPSA", "LMTP", "UTF8SMTPS", ...
std::string with_protocol(const smtp::SessionInfo& session, bool utf8);

}  // namespace gannet::mta
