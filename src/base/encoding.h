// Base64, Base32 and hexadecimal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gannet {

enum class Base64 : std::uint8_t {
  kStandard,  // RFC 4648 4: + and /, padded
  kUrl,       // RFC 4648 5: - and _, not padded
  kModified,  // RFC 3501 5.1.3: + and comma, not padded (IMAP's modified UTF-7)
};

std::string base64_encode(std::string_view bytes, Base64 alphabet = Base64::kStandard);

// Strict: the alphabet and its padding exactly, no white space, unused bits zero. Nothing for anything else.
std::optional<std::string> base64_decode(std::string_view text, Base64 alphabet = Base64::kStandard);

// As mail needs it (RFC 2045 6.8): characters outside of the alphabet are skipped, padding may be missing
// or come early; decodes whatever is there. kStandard and kUrl accept each other's characters.
std::string base64_decode_lenient(std::string_view text, Base64 alphabet = Base64::kStandard);

// RFC 4648 6, without padding.
std::string base32_encode(std::string_view bytes);
// Either case, padded or not; spaces and hyphens are skipped, as people copy keys of TOTP. Nothing for any other
// character.
std::optional<std::string> base32_decode(std::string_view text);

// Lower case.
std::string hex_encode(std::string_view bytes);
// Either case; nothing for an odd length or another character.
std::optional<std::string> hex_decode(std::string_view text);

}  // namespace gannet
