// The one form in which logins, addresses and domains are compared (see also normalize_login and
// normalize_address in principal.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gannet::directory {

// Names, logins and addresses are no longer than this, in bytes (RFC 5321 4.5.3.1: 64 + 1 + 255).
inline constexpr std::size_t kMaxNameBytes = 320;

struct AddressParts {
  std::string local;   // NFC, ASCII lower case; quoted only where it has to be (RFC 5321 4.1.2)
  std::string domain;  // lower-case U-labels, or an address literal in brackets
  std::string text() const { return local + '@' + domain; }
};
std::optional<AddressParts> split_address(std::string_view address);

// Lower-case U-labels, without a closing dot; nothing for what is no domain name.
std::optional<std::string> normalize_domain(std::string_view domain);

// "user+news" to "user" and "news" (RFC 5233); nothing without a user or without a plus sign. The argument is
// normalised.
struct SubAddress {
  std::string user, detail;
};
std::optional<SubAddress> split_sub_address(std::string_view local);

}  // namespace gannet::directory
