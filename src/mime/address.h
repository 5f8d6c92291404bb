// Address lists (RFC 5322 3.4 and 4.4, RFC 6532), read leniently.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gannet::mime {

enum class AddressKind : std::uint8_t {
  kMailbox,
  kGroupStart,  // `name` is the group's; the members follow
  kGroupEnd,
};

// RFC 9051 7.5.2: for a group start, IMAP prints `name` in the place of the mailbox name and NIL as the host;
// for a group end, NIL everywhere.
struct Address {
  AddressKind kind = AddressKind::kMailbox;
  std::string
      name;  // unquoted, white space collapsed, RFC 2047 words NOT decoded; from the comment if need be
  std::string route;    // obsolete source route "@a,@b", without its colon
  std::string mailbox;  // local part, unquoted; empty if missing (as in "<>")
  std::string host;     // domain; empty if missing

  // "local@host", the local part quoted where RFC 5321 asks for it. "local" alone without a host.
  std::string address() const;
  // The name as UTF-8.
  std::string display_name() const;
  friend bool operator==(const Address&, const Address&) = default;
};

// Never fails: what cannot be read as an address becomes a name or a mailbox without a host, or is skipped.
// Group markers are part of the list and count as entries for `max_addresses`.
std::vector<Address> parse_addresses(std::string_view raw_value, std::size_t max_addresses = 5000);

// A single mailbox as a header field shows it, RFC 2047 and quoting applied: `"Bob, B." <bob@example.com>`.
std::string format_address(const Address& address);

}  // namespace gannet::mime
