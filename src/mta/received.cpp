#include "mta/received.h"

#include <fmt/format.h>

#include "base/unicode.h"
#include "mime/date.h"
#include "smtp/path.h"

namespace gannet::mta {
namespace {

std::string address_literal(const IpAddress& ip) {
  return ip.is_v4() ? fmt::format("[{}]", ip.to_string()) : fmt::format("[IPv6:{}]", ip.to_string());
}

// What the client called itself, as a domain if it is one, and else in a comment that it cannot break out of.
std::string from_clause(const smtp::SessionInfo& session, bool utf8) {
  const std::string literal = address_literal(session.peer.ip);
  const bool domain = smtp::is_domain(session.hello) && (utf8 || is_ascii(session.hello));
  if (domain) return fmt::format("{} ({})", session.hello, literal);
  if (session.hello.empty() || session.hello == literal) return literal;
  std::string shown;
  for (const char c : session.hello) {
    const bool plain = c > 0x20 && c < 0x7f && c != '(' && c != ')' && c != '\\';
    shown.push_back(plain ? c : '?');
  }
  return fmt::format("{} (helo={})", literal, shown);
}

}  // namespace

std::string with_protocol(const smtp::SessionInfo& session, bool utf8) {
  const bool lmtp = session.protocol == smtp::Protocol::kLmtp;
  std::string word;
  if (utf8) {
    word = lmtp ? "UTF8LMTP" : "UTF8SMTP";
  } else {
    word = lmtp ? "LMTP" : session.extended ? "ESMTP" : "SMTP";
  }
  if (!session.extended) return word;
  if (session.tls) word += 'S';
  if (!session.authenticated_as.empty()) word += 'A';
  return word;
}

std::string received_header(const smtp::SessionInfo& session, const ReceivedFacts& facts) {
  std::string out =
      fmt::format("Received: from {}\r\n\tby {} with {} id {}", from_clause(session, facts.utf8),
                  facts.hostname, with_protocol(session, facts.utf8), facts.id);
  if (!facts.recipient.empty()) out += fmt::format("\r\n\tfor <{}>", facts.recipient);
  if (session.tls) out += fmt::format("\r\n\ttls {} ({})", session.tls->cipher, session.tls->version);
  out += fmt::format(";\r\n\t{}\r\n", mime::format_date(facts.time));
  return out;
}

}  // namespace gannet::mta
