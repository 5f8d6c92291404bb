// UTF-8, normalisation and internationalised domain names.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gannet {

bool is_ascii(std::string_view text);
// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);
// The same bytes with every ill-formed sequence replaced by U+FFFD.
std::string to_valid_utf8(std::string_view text);

// A-Z alone; other bytes stay.
std::string to_lower_ascii(std::string_view text);
bool equal_ignoring_ascii_case(std::string_view a, std::string_view b);

// Normalisation form C; nothing for invalid UTF-8.
std::optional<std::string> to_nfc(std::string_view text);
// For comparing without case: NFKC_Casefold; nothing for invalid UTF-8.
std::optional<std::string> fold_case(std::string_view text);

// SASLprep (RFC 4013) as a client sends it: code points that Unicode 3.2 did not know are allowed. Nothing for
// what may not be in a user name or a password: invalid UTF-8, control characters, mixed directions, and for
// what is empty afterwards.
std::optional<std::string> saslprep(std::string_view text);

// A character that no name may hold: control characters (NUL among them), line and paragraph separators,
// bidirectional controls, noncharacters. True for invalid UTF-8 as well.
bool has_unprintable(std::string_view text);

// A domain name without a closing dot (UTS 46, non-transitional): in lower case with U-labels, or with
// A-labels. Nothing for what is none: an empty label, one above 63 octets, more than 253 octets as A-labels,
// a broken A-label, or an ASCII character other than letters, digits, hyphen and underscore.
std::optional<std::string> domain_to_unicode(std::string_view domain);
std::optional<std::string> domain_to_ascii(std::string_view domain);

}  // namespace gannet
