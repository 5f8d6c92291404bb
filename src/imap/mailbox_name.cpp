#include "imap/mailbox_name.h"

#include <array>
#include <cstdint>

#include "base/unicode.h"
#include "imap/response/writer.h"

namespace gannet::imap {
namespace {

// RFC 3501 5.1.3: Base64 with ',' instead of '/', without padding.
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

void append_utf8(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
}

// One shifted run, between '&' and '-'.
bool decode_run(std::string_view run, std::string& out) {
  std::uint32_t bits = 0;
  int count = 0;
  std::uint32_t high = 0;  // a high surrogate that waits for its other half
  for (const char c : run) {
    const auto digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) return false;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count < 16) continue;
    count -= 16;
    const auto unit = bits >> count & 0xffff;
    bits &= (1u << count) - 1;
    if (unit >= 0xd800 && unit < 0xdc00) {
      if (high != 0) return false;
      high = unit;
    } else if (unit >= 0xdc00 && unit < 0xe000) {
      if (high == 0) return false;
      append_utf8(out, 0x10000 + ((high & 0x3ff) << 10) + (unit & 0x3ff));
      high = 0;
    } else if (high != 0 || unit == 0) {
      return false;
    } else {
      append_utf8(out, unit);
    }
  }
  return high == 0 && count < 6 && bits == 0;
}

// The character at `at`, which is moved past it. `utf8` is valid.
std::uint32_t next_character(std::string_view utf8, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(utf8[at++]);
  if (lead < 0x80) return lead;
  const int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
  std::uint32_t c = lead & (0x3f >> more);
  for (int i = 0; i < more; ++i) c = c << 6 | (static_cast<unsigned char>(utf8[at++]) & 0x3f);
  return c;
}

}  // namespace

std::optional<std::string> decode_utf7(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '&') {
      out += name[i];
      continue;
    }
    const auto close = name.find('-', i);
    if (close == std::string_view::npos) {
      // A lone '&' in a name that a client did not encode at all.
      return std::nullopt;
    }
    if (close == i + 1) {
      out += '&';
    } else if (!decode_run(name.substr(i + 1, close - i - 1), out)) {
      return std::nullopt;
    }
    i = close;
  }
  if (!is_utf8(out)) return std::nullopt;
  return out;
}

std::string encode_utf7(std::string_view utf8) {
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  bool shifted = false;
  const auto put = [&](std::uint32_t unit) {
    bits = bits << 16 | unit;
    count += 16;
    while (count >= 6) {
      count -= 6;
      out += kAlphabet[bits >> count & 0x3f];
    }
    bits &= (1u << count) - 1;
  };
  const auto unshift = [&] {
    if (!shifted) return;
    if (count > 0) out += kAlphabet[bits << (6 - count) & 0x3f];
    bits = 0, count = 0, shifted = false;
    out += '-';
  };
  for (std::size_t at = 0; at < utf8.size();) {
    const auto c = next_character(utf8, at);
    if (c >= 0x20 && c < 0x7f) {
      unshift();
      out += static_cast<char>(c);
      if (c == '&') out += '-';
      continue;
    }
    if (!shifted) out += '&';
    shifted = true;
    if (c >= 0x10000) {
      put(0xd800 + ((c - 0x10000) >> 10));
      put(0xdc00 + ((c - 0x10000) & 0x3ff));
    } else {
      put(c);
    }
  }
  unshift();
  return out;
}

Result<std::string> normalize_mailbox(std::string_view wire_name) {
  if (equal_ignoring_ascii_case(wire_name, "INBOX")) return "INBOX";
  const auto decoded = decode_utf7(wire_name);
  if (!decoded) {
    return fail(ImapError::kSyntax,
                "The mailbox name is not in modified UTF-7 (RFC 3501 5.1.3); '&' is written '&-'");
  }
  auto name = to_nfc(*decoded);
  if (!name) return fail(ImapError::kSyntax, "The mailbox name is not valid UTF-8");
  // INBOX as the first component is the inbox, whatever its case.
  if (name->size() > 6 && (*name)[5] == kDelimiter &&
      equal_ignoring_ascii_case(name->substr(0, 5), "INBOX")) {
    name->replace(0, 5, "INBOX");
  }
  return *std::move(name);
}

Result<std::string> parse_mailbox(Scanner& in) {
  return normalize_mailbox(TRY(in.astring("a mailbox name")));
}

bool matches_pattern(std::string_view pattern, std::string_view name) {
  // The name of INBOX compares in any case, and only where the pattern could be meant for it.
  if (name == "INBOX" && equal_ignoring_ascii_case(pattern, name)) return true;
  // Greedy, with one point of return for each kind of wildcard: a `*` may take back what a later `%` took.
  std::size_t p = 0, n = 0;
  std::size_t star_p = std::string_view::npos, star_n = 0;
  std::size_t percent_p = std::string_view::npos, percent_n = 0;
  while (n < name.size() || p < pattern.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star_p = ++p, star_n = n;
      percent_p = std::string_view::npos;
      continue;
    }
    if (p < pattern.size() && pattern[p] == '%') {
      percent_p = ++p, percent_n = n;
      continue;
    }
    if (p < pattern.size() && n < name.size() && pattern[p] == name[n]) {
      ++p, ++n;
      continue;
    }
    if (percent_p != std::string_view::npos && percent_n < name.size() && name[percent_n] != kDelimiter) {
      n = ++percent_n, p = percent_p;
      continue;
    }
    if (star_p != std::string_view::npos && star_n < name.size()) {
      n = ++star_n, p = star_p;
      percent_p = std::string_view::npos;
      continue;
    }
    return false;
  }
  return true;
}

}  // namespace gannet::imap
