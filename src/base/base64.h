// Base64 (RFC 4648 section 4), as SASL and protocol tokens use it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gannet {

// With padding, on one line.
std::string base64_encode(std::string_view octets);
// Strict: a whole number of groups, padding where it belongs, no blanks or line ends. Nothing for all else.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace gannet
