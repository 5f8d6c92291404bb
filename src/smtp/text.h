// Small questions about octets that the parsers of this part share.
#pragma once

#include <string_view>

namespace gannet::smtp {

inline bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
inline bool is_utf8_octet(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}
std::string_view trim(std::string_view text);
// Everything up to the next space or tab; `text` continues behind the blanks.
std::string_view take_word(std::string_view& text);

}  // namespace gannet::smtp
