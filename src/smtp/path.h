// Paths and domains of the SMTP envelope (RFC 5321 4.1.2 and 4.1.3, RFC 6531 3.3).
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "smtp/reply.h"

namespace gannet::smtp {

// Where parsing fails, the answer that the peer gets.
template <typename T>
using Parsed = std::expected<T, Reply>;

// One address of the envelope. The null reverse-path "<>" has neither part; "<Postmaster>" has no domain.
struct Path {
  std::string local;   // without quotes and backslashes; case kept
  std::string domain;  // as sent: a name in A- or U-labels, or an address literal with its brackets

  bool null() const { return local.empty() && domain.empty(); }
  // "local@domain", the local part quoted where RFC 5321 asks for it; empty for the null path.
  std::string address() const;
  bool ascii() const;
  bool operator==(const Path&) const = default;
};

// Octets of a local part and of a whole path; RFC 5321 4.5.3.1 asks for 64 and 256 at least, and senders that
// rewrite their return paths use more.
inline constexpr std::size_t kMaxLocalPart = 255;
inline constexpr std::size_t kMaxDomain = 255;
inline constexpr std::size_t kMaxPath = 512;

// Takes "<...>" off the front of `text`. A source route is read and dropped (RFC 5321 3.6.1, appendix C).
// `reverse` allows "<>"; a forward path allows "<Postmaster>" alone (RFC 5321 4.5.1). Non-ASCII is read as
// UTF-8: whether SMTPUTF8 allows it is the caller's to say.
Parsed<Path> take_path(std::string_view& text, bool reverse);

// An address without brackets, as directories and clients give it: "user@example.org".
Parsed<Path> parse_mailbox(std::string_view text);

// Sub-domains of letters, digits, '-' (and '_', which some hosts have), or U-labels in UTF-8.
bool is_domain(std::string_view text);
// [192.0.2.1], [IPv6:2001:db8::1], [tag:content]
bool is_address_literal(std::string_view text);
// A domain with at least two labels, or an address literal.
bool is_fully_qualified(std::string_view text);

}  // namespace gannet::smtp
