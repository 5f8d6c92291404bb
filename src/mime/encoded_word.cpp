#include "mime/encoded_word.h"

#include <algorithm>

#include "mime/charset.h"
#include "mime/header.h"
#include "mime/lexer.h"
#include "mime/transfer_encoding.h"

namespace gannet::mime {
namespace {

struct Word {
  std::string_view charset;
  char encoding = 0;  // 'b' or 'q'
  std::string_view text;
  std::size_t end = 0;  // past the closing "?="
};

// Whether an encoded word begins at `at` (where "=?" stands).
bool read_word(std::string_view in, std::size_t at, Word& word) {
  const auto charset_end = in.find('?', at + 2);
  if (charset_end == std::string_view::npos || charset_end - at > 80 || charset_end + 2 >= in.size())
    return false;
  word.charset = in.substr(at + 2, charset_end - at - 2);
  if (word.charset.empty() || std::ranges::any_of(word.charset, is_space)) return false;
  word.encoding = static_cast<char>(in[charset_end + 1] | 0x20);
  if ((word.encoding != 'b' && word.encoding != 'q') || in[charset_end + 2] != '?') return false;
  const auto text_end = in.find("?=", charset_end + 3);
  if (text_end == std::string_view::npos) return false;
  word.text = in.substr(charset_end + 3, text_end - charset_end - 3);
  word.end = text_end + 2;
  return true;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// RFC 2047 4.2, the "Q" encoding. Line ends inside of a word, and the blanks after them, are folding.
void append_q(std::string& out, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '_') {
      out.push_back(' ');
    } else if (c == '=' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
               hex_value(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])));
      i += 2;
    } else if (c == '\r' || c == '\n') {
      while (i + 1 < text.size() && is_space(text[i + 1])) ++i;
    } else {
      out.push_back(c);
    }
  }
}

// Octets of adjacent words in one charset, which are converted together.
struct Pending {
  std::string_view charset;
  std::string bytes;

  void flush(std::string& out) {
    if (!bytes.empty()) out += to_utf8(bytes, charset);
    bytes.clear();
  }
  void add(const Word& word, std::string& out) {
    if (!equals_ignoring_case(charset, word.charset)) flush(out);
    charset = word.charset;
    if (word.encoding == 'b') {
      bytes += decode_base64(word.text);
    } else {
      append_q(bytes, word.text);
    }
  }
};

}  // namespace

std::string decode_words(std::string_view text) {
  auto at = text.find("=?");
  if (at == std::string_view::npos) return to_utf8(text);
  std::string out;
  Pending pending;
  std::size_t plain = 0;  // where the text begins that is not handled yet
  bool after_word = false;
  const auto last_close = text.rfind("?=");  // no word begins after it
  while (at != std::string_view::npos && last_close != std::string_view::npos && at + 2 <= last_close) {
    Word word;
    if (!read_word(text, at, word)) {
      at = text.find("=?", at + 2);
      continue;
    }
    const std::string_view between = text.substr(plain, at - plain);
    // RFC 2047 6.2: white space between two encoded words is not shown.
    if (!after_word || !std::ranges::all_of(between, is_space)) {
      pending.flush(out);
      out += to_utf8(between);
    }
    pending.add(word, out);
    after_word = true;
    plain = word.end;
    at = text.find("=?", plain);
  }
  pending.flush(out);
  out += to_utf8(text.substr(plain));
  return out;
}

namespace {

bool plain_in_q(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '!' || c == '*' ||
         c == '+' || c == '-' || c == '/';
}

std::size_t q_size(std::string_view text) {
  return static_cast<std::size_t>(
             std::ranges::count_if(text, [](unsigned char c) { return plain_in_q(c) || c == ' '; })) +
         3 * static_cast<std::size_t>(
                 std::ranges::count_if(text, [](unsigned char c) { return !plain_in_q(c) && c != ' '; }));
}

std::string encode_q(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (unsigned char c : text) {
    if (c == ' ') {
      out.push_back('_');
    } else if (plain_in_q(c)) {
      out.push_back(static_cast<char>(c));
    } else {
      out.push_back('=');
      out.push_back(kHex[c >> 4]);
      out.push_back(kHex[c & 15]);
    }
  }
  return out;
}

bool needs_words(std::string_view text) {
  if (text.contains("=?")) return true;
  return !std::ranges::all_of(text, [](unsigned char c) { return (c >= 0x20 && c < 0x7f) || c == '\t'; });
}

}  // namespace

std::string encode_words(std::string_view utf8, std::size_t first_column) {
  if (!needs_words(utf8)) return std::string(utf8);
  const std::string text = sanitize_utf8(utf8);
  // Whichever is shorter: mostly ASCII reads better in Q, other scripts are smaller in base64.
  const bool use_q = q_size(text) <= (text.size() + 2) / 3 * 4;
  constexpr std::size_t kMaxWord = 75, kFrame = 12;  // "=?UTF-8?Q?" and its "?="
  std::string out;
  std::string_view rest = text;
  std::size_t room = first_column + kFrame + 12 < kMaxWord ? kMaxWord - first_column : kMaxWord;
  while (!rest.empty()) {
    std::string_view piece;
    for (std::size_t size = 1; size <= rest.size(); ++size) {  // whole characters only: RFC 2047 5 (3)
      if (size < rest.size() && (static_cast<unsigned char>(rest[size]) & 0xc0) == 0x80) continue;
      const std::string_view longer = rest.substr(0, size);
      if (!piece.empty() && kFrame + (use_q ? q_size(longer) : (size + 2) / 3 * 4) > room) break;
      piece = longer;
    }
    if (!out.empty()) out += "\r\n ";
    out += use_q ? "=?UTF-8?Q?" + encode_q(piece) : "=?UTF-8?B?" + encode_base64(piece);
    out += "?=";
    rest.remove_prefix(piece.size());
    room = kMaxWord;
  }
  return out;
}

}  // namespace gannet::mime
