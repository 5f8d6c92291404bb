#include "imap/response/writer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "base/unicode.h"
#include "imap/mailbox_name.h"
#include "imap/parser/scanner.h"

namespace gannet::imap {
namespace {

constexpr std::size_t kMaxQuoted = 4096;

enum class Look { kPlain, kEscape, kLiteral };

constexpr std::array<Look, 256> make_looks() {
  std::array<Look, 256> looks{};
  for (std::size_t c = 0x80; c < 256; ++c) looks[c] = Look::kLiteral;
  looks['\r'] = looks['\n'] = looks[0] = Look::kLiteral;
  looks['"'] = looks['\\'] = Look::kEscape;
  return looks;
}
constexpr auto kLooks = make_looks();

constexpr std::uint64_t kOnes = 0x0101010101010101;
constexpr std::uint64_t kHighs = 0x8080808080808080;

// Whether one of eight octets is below 0x20, `"`, `\` or 8-bit. May say so wrongly of an octet that follows
// such a one, which does not matter here.
bool has_special(std::uint64_t word) {
  const auto zero = [](std::uint64_t v) { return (v - kOnes) & ~v & kHighs; };
  const auto below_space = (word - kOnes * 0x20) & ~word & kHighs;
  return ((word & kHighs) | below_space | zero(word ^ kOnes * '"') | zero(word ^ kOnes * '\\')) != 0;
}

Look look_at(std::string_view text) {
  auto worst = Look::kPlain;
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + i, 8);
    if (!has_special(word)) continue;
    for (std::size_t k = i; k < i + 8; ++k)
      worst = std::max(worst, kLooks[static_cast<unsigned char>(text[k])]);
    if (worst == Look::kLiteral) return worst;
  }
  for (; i < text.size(); ++i) worst = std::max(worst, kLooks[static_cast<unsigned char>(text[i])]);
  return worst;
}

void append_literal(std::string& out, std::string_view text) {
  const auto nuls = static_cast<std::size_t>(std::ranges::count(text, '\0'));
  out += '{';
  append_number(out, text.size() - nuls);
  out += "}\r\n";
  if (nuls == 0) {
    out += text;
    return;
  }
  std::ranges::copy_if(text, std::back_inserter(out), [](char c) { return c != '\0'; });
}

}  // namespace

void append_number(std::string& out, std::uint64_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

void append_string(std::string& out, std::string_view text) {
  const auto look = text.size() > kMaxQuoted ? Look::kLiteral : look_at(text);
  if (look == Look::kLiteral) {
    append_literal(out, text);
    return;
  }
  out += '"';
  if (look == Look::kPlain) {
    out += text;
  } else {
    for (const char c : text) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  out += '"';
}

void append_octets(std::string& out, std::string_view octets) {
  auto at = out.size();
  out += octets;
  while ((at = out.find('\0', at)) != std::string::npos) out[at] = '\x80';
}

void append_nstring(std::string& out, std::string_view text) {
  if (text.empty()) {
    out += "NIL";
  } else {
    append_string(out, text);
  }
}

void append_astring(std::string& out, std::string_view text) {
  // "NIL" as an atom would be something else to many a client.
  if (!text.empty() && std::ranges::all_of(text, is_astring_char) &&
      !equal_ignoring_ascii_case(text, "NIL")) {
    out += text;
  } else {
    append_string(out, text);
  }
}

void append_mailbox(std::string& out, std::string_view utf8_path) {
  append_astring(out, encode_utf7(utf8_path));
}

void append_text(std::string& out, std::string_view text) {
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    out += octet < 0x20 || octet == 0x7f ? ' ' : octet >= 0x80 ? '?' : c;
  }
}

}  // namespace gannet::imap
