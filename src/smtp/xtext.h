// xtext (RFC 3461 section 4): how ENVID, ORCPT and AUTH carry any octet.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gannet::smtp {

// Nothing when it is malformed. Octets above ASCII pass as they are (RFC 6533 3).
std::optional<std::string> decode_xtext(std::string_view text);
std::string encode_xtext(std::string_view octets);

}  // namespace gannet::smtp
