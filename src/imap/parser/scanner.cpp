#include "imap/parser/scanner.h"

#include <fmt/format.h>

#include <charconv>
#include <cstring>

#include "base/unicode.h"

namespace gannet::imap {

bool is_astring_char(char octet) {
  const auto c = static_cast<unsigned char>(octet);
  // atom-specials, without "]" of resp-specials.
  if (c <= 0x20 || c >= 0x7f) return false;
  return std::memchr("(){%*\"\\", c, 7) == nullptr;
}

bool is_atom_char(char c) {
  return c != ']' && is_astring_char(c);
}

namespace {

bool is_list_char(char c) {
  return is_astring_char(c) || c == '%' || c == '*';
}

bool is_tag_char(char c) {
  return c != '+' && is_astring_char(c);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

bool Scanner::skip(char c) {
  if (at_ == end_ || *at_ != c) return false;
  ++at_;
  return true;
}

bool Scanner::skip_word(std::string_view word) {
  const std::string_view rest(at_, static_cast<std::size_t>(end_ - at_));
  if (rest.size() < word.size() || !equal_ignoring_ascii_case(rest.substr(0, word.size()), word))
    return false;
  if (rest.size() > word.size() && is_atom_char(rest[word.size()])) return false;
  at_ += word.size();
  return true;
}

std::unexpected<Error> Scanner::expected(std::string_view what) const {
  std::string found = "the end of the command";
  if (at_ != end_) {
    const auto c = static_cast<unsigned char>(*at_);
    found = c > 0x20 && c < 0x7f ? fmt::format("'{}'", *at_)
            : c == ' '           ? "a space"
                                 : fmt::format("the octet 0x{:02x}", c);
  }
  return fail(ImapError::kSyntax, fmt::format("Expected {} at character {}, found {}", what,
                                              static_cast<std::size_t>(at_ - begin_) + 1, found));
}

Result<void> Scanner::expect(char c, std::string_view what) {
  if (!skip(c)) return expected(what);
  return {};
}

Result<void> Scanner::end() {
  if (at_ != end_) return expected("the end of the command");
  return {};
}

std::string_view Scanner::take_while(bool (*allowed)(char)) {
  const char* start = at_;
  while (at_ != end_ && allowed(*at_)) ++at_;
  return {start, static_cast<std::size_t>(at_ - start)};
}

Result<std::string_view> Scanner::atom(std::string_view what) {
  const auto word = take_while(is_atom_char);
  if (word.empty()) return expected(what);
  return word;
}

Result<std::string_view> Scanner::tag() {
  const auto word = take_while(is_tag_char);
  if (word.empty()) return expected("a tag");
  return word;
}

Result<std::string_view> Scanner::string(std::string_view what) {
  if (peek() == '"') return quoted(what);
  if (peek() == '{' || peek() == '~') return literal(what);
  return expected(what);
}

Result<std::string_view> Scanner::astring(std::string_view what) {
  if (!is_astring_char(peek())) return string(what);
  return take_while(is_astring_char);
}

Result<std::string_view> Scanner::list_mailbox() {
  if (!is_list_char(peek())) return string("a mailbox pattern");
  return take_while(is_list_char);
}

// RFC 3501 9: a backslash may stand before `"` and `\` only. 8-bit octets are taken as they are: RFC 6855
// clients send UTF-8.
Result<std::string_view> Scanner::quoted(std::string_view what) {
  const char* start = at_ + 1;
  char* out = at_ + 1;
  for (++at_; at_ != end_; ++at_) {
    if (*at_ == '"') {
      ++at_;
      return std::string_view(start, static_cast<std::size_t>(out - start));
    }
    if (*at_ == '\r' || *at_ == '\n') break;
    if (*at_ == '\\') {
      ++at_;
      if (at_ == end_ || (*at_ != '"' && *at_ != '\\')) return expected("'\"' or '\\' after a backslash");
    }
    *out++ = *at_;
  }
  return expected(fmt::format("the closing '\"' of {}", what));
}

Result<std::string_view> Scanner::literal(std::string_view what) {
  skip('~');
  TRY(expect('{', what));
  const auto size = TRY(number64("the size of a literal"));
  skip('+');
  TRY(expect('}', "'}' after the size of a literal"));
  skip('\r');
  TRY(expect('\n', "a line end after '}'"));
  if (size > static_cast<std::uint64_t>(end_ - at_)) return expected("the octets of a literal");
  const char* start = at_;
  at_ += size;
  return std::string_view(start, size);
}

Result<std::uint64_t> Scanner::number64(std::string_view what) {
  if (!is_digit(peek())) return expected(what);
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(at_, end_, value);
  // RFC 9051 9: number64 is a 63-bit number.
  if (error != std::errc{} || value > INT64_MAX) return expected(fmt::format("{} below 2^63", what));
  at_ += stop - at_;
  return value;
}

Result<std::uint32_t> Scanner::number(std::string_view what) {
  if (!is_digit(peek())) return expected(what);
  std::uint32_t value = 0;
  const auto [stop, error] = std::from_chars(at_, end_, value);
  if (error != std::errc{}) return expected(fmt::format("{} below 2^32", what));
  at_ += stop - at_;
  return value;
}

Result<std::uint32_t> Scanner::nonzero_number(std::string_view what) {
  if (!is_digit(peek())) return expected(what);
  char* start = at_;
  const auto value = TRY(number(what));
  if (value == 0) {
    at_ = start;
    return expected(fmt::format("{} above 0", what));
  }
  return value;
}

}  // namespace gannet::imap
