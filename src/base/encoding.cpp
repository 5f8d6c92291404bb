#include "base/encoding.h"

#include <array>

namespace gannet {
namespace {

constexpr std::string_view kStandardAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kModifiedAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

using DecodeTable = std::array<std::int8_t, 256>;

constexpr void add_to(DecodeTable& table, std::string_view alphabet) {
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::int8_t>(i);
}

constexpr DecodeTable make_table(std::string_view alphabet, std::string_view also = {}) {
  DecodeTable table{};
  table.fill(-1);
  add_to(table, alphabet);
  add_to(table, also);
  return table;
}

constexpr DecodeTable kStandardTable = make_table(kStandardAlphabet);
constexpr DecodeTable kUrlTable = make_table(kUrlAlphabet);
constexpr DecodeTable kModifiedTable = make_table(kModifiedAlphabet);
constexpr DecodeTable kLenientTable = make_table(kStandardAlphabet, kUrlAlphabet);

std::string_view alphabet_of(Base64 alphabet) {
  switch (alphabet) {
    case Base64::kUrl:
      return kUrlAlphabet;
    case Base64::kModified:
      return kModifiedAlphabet;
    case Base64::kStandard:
      break;
  }
  return kStandardAlphabet;
}

const DecodeTable& table_of(Base64 alphabet) {
  switch (alphabet) {
    case Base64::kUrl:
      return kUrlTable;
    case Base64::kModified:
      return kModifiedTable;
    case Base64::kStandard:
      break;
  }
  return kStandardTable;
}

}  // namespace

std::string base64_encode(std::string_view bytes, Base64 alphabet) {
  const std::string_view digits = alphabet_of(alphabet);
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<std::uint8_t>(c);
    for (count += 8; count >= 6;) out.push_back(digits[bits >> (count -= 6) & 63]);
  }
  if (count > 0) out.push_back(digits[bits << (6 - count) & 63]);
  if (alphabet == Base64::kStandard) out.resize((out.size() + 3) / 4 * 4, '=');
  return out;
}

std::optional<std::string> base64_decode(std::string_view text, Base64 alphabet) {
  const DecodeTable& table = table_of(alphabet);
  if (alphabet == Base64::kStandard) {
    if (text.size() % 4 != 0) return std::nullopt;
    for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  }
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = table[static_cast<std::uint8_t>(c)];
    if (value < 0) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    if ((count += 6) >= 8) out.push_back(static_cast<char>(bits >> (count -= 8)));
  }
  if ((bits & ((1u << count) - 1)) != 0) return std::nullopt;
  return out;
}

std::string base64_decode_lenient(std::string_view text, Base64 alphabet) {
  const DecodeTable& table = alphabet == Base64::kModified ? kModifiedTable : kLenientTable;
  std::string out;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=') {  // the end of a quantum: what follows, if anything, is another encoded piece
      count = 0;
      continue;
    }
    const int value = table[static_cast<std::uint8_t>(c)];
    if (value < 0) continue;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    if ((count += 6) >= 8) out.push_back(static_cast<char>(bits >> (count -= 8)));
  }
  return out;
}

std::string base32_encode(std::string_view bytes) {
  static constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<std::uint8_t>(c);
    for (count += 8; count >= 5; count -= 5) out += kAlphabet[bits >> (count - 5) & 31];
  }
  if (count > 0) out += kAlphabet[bits << (5 - count) & 31];
  return out;
}

std::optional<std::string> base32_decode(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    std::uint32_t value = 0;
    if (c == ' ' || c == '-') continue;
    if (c >= 'A' && c <= 'Z')
      value = static_cast<std::uint32_t>(c - 'A');
    else if (c >= 'a' && c <= 'z')
      value = static_cast<std::uint32_t>(c - 'a');
    else if (c >= '2' && c <= '7')
      value = static_cast<std::uint32_t>(c - '2') + 26;
    else
      return std::nullopt;
    bits = bits << 5 | value;
    count += 5;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 0xff);
  }
  return out;
}

std::string hex_encode(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    out.push_back(kDigits[static_cast<std::uint8_t>(c) >> 4]);
    out.push_back(kDigits[static_cast<std::uint8_t>(c) & 15]);
  }
  return out;
}

namespace {
int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}
}  // namespace

std::optional<std::string> hex_decode(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high << 4 | low));
  }
  return out;
}

}  // namespace gannet
