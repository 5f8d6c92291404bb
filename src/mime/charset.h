// Charsets to UTF-8, by ICU. Converters are kept open per thread. Every function may be called on any thread.
#pragma once

#include <string>
#include <string_view>

namespace gannet::mime {

// Whether the name is one that ICU or our own list of aliases knows.
bool charset_known(std::string_view charset);

// Always valid UTF-8. What cannot be read becomes U+FFFD. Unknown charsets and "us-ascii" with 8-bit octets
// are taken as UTF-8 if they are valid UTF-8, else as windows-1252; "iso-8859-1" is read as windows-1252 (as
// the WHATWG does and all clients do).
std::string to_utf8(std::string_view bytes, std::string_view charset);
// UTF-8 if the bytes are valid UTF-8, else windows-1252.
std::string to_utf8(std::string_view bytes);

bool is_ascii(std::string_view bytes);
bool is_valid_utf8(std::string_view bytes);
// The bytes with each malformed sequence replaced by U+FFFD.
std::string sanitize_utf8(std::string_view bytes);
// The longest prefix of at most `max_size` octets that does not end inside a character.
std::string_view utf8_prefix(std::string_view text, std::size_t max_size);

}  // namespace gannet::mime
