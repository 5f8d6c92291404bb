#include "mime/transfer_encoding.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "mime/header.h"
#include "mime/lexer.h"

namespace gannet::mime {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kGarbage = 0xff, kBlank = 0xfe, kPadding = 0xfd;

constexpr auto kDecode = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(kGarbage);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i)
    table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  for (char c : {' ', '\t', '\r', '\n'}) table[static_cast<unsigned char>(c)] = kBlank;
  table['='] = kPadding;
  return table;
}();

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// uuencode: lines of a length character and 60 characters at most, between "begin" and "end".
std::string decode_uuencode(std::string_view in, std::size_t max_size) {
  std::string out;
  bool begun = false;
  const auto value = [](char c) { return static_cast<unsigned>(c - 32) & 63; };
  while (!in.empty() && out.size() < max_size) {
    const auto lf = in.find('\n');
    std::string_view line = in.substr(0, lf);
    in.remove_prefix(lf == std::string_view::npos ? in.size() : lf + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!begun) {
      begun = line.starts_with("begin ");
      continue;
    }
    if (line == "end" || line.empty()) break;
    std::size_t left = value(line[0]);
    for (std::size_t i = 1; left > 0; i += 4) {
      unsigned bits = 0;
      for (std::size_t k = 0; k < 4; ++k) bits = bits << 6 | (i + k < line.size() ? value(line[i + k]) : 0);
      for (int shift = 16; shift >= 0 && left > 0; shift -= 8, --left)
        out.push_back(static_cast<char>(bits >> shift));
    }
  }
  return out;
}

}  // namespace

Encoding parse_encoding(std::string_view raw_value) {
  Lexer lexer(raw_value);
  lexer.skip_cfws();
  std::string_view quoted;
  const bool is_quoted = lexer.peek() == '"' && lexer.quoted(quoted);
  const std::string_view token = is_quoted ? trim(quoted) : lexer.token();
  struct Known {
    std::string_view name;
    Encoding encoding;
  };
  constexpr Known kKnown[] = {
      {"7bit", Encoding::k7Bit},         {"8bit", Encoding::k8Bit},
      {"base64", Encoding::kBase64},     {"quoted-printable", Encoding::kQuotedPrintable},
      {"binary", Encoding::kBinary},     {"x-uuencode", Encoding::kUuencode},
      {"uuencode", Encoding::kUuencode}, {"x-uue", Encoding::kUuencode},
      {"7-bit", Encoding::k7Bit},        {"8-bit", Encoding::k8Bit}};
  if (token.empty()) return Encoding::k7Bit;
  for (const auto& known : kKnown)
    if (equals_ignoring_case(known.name, token)) return known.encoding;
  return Encoding::kUnknown;
}

std::string_view encoding_name(Encoding encoding) {
  switch (encoding) {
    case Encoding::k7Bit:
      return "7bit";
    case Encoding::k8Bit:
      return "8bit";
    case Encoding::kBinary:
      return "binary";
    case Encoding::kQuotedPrintable:
      return "quoted-printable";
    case Encoding::kBase64:
      return "base64";
    case Encoding::kUuencode:
      return "x-uuencode";
    case Encoding::kUnknown:
      break;
  }
  return {};
}

void Base64Decoder::decode(std::string_view in, std::string& out) {
  const std::size_t start = out.size();
  out.resize(start + in.size() / 4 * 3 + 6);
  char* to = out.data() + start;
  std::size_t i = 0;
  while (i < in.size()) {
    if (count_ == 0) {
      for (; i + 4 <= in.size(); i += 4) {
        const std::uint32_t a = kDecode[static_cast<unsigned char>(in[i])],
                            b = kDecode[static_cast<unsigned char>(in[i + 1])],
                            c = kDecode[static_cast<unsigned char>(in[i + 2])],
                            d = kDecode[static_cast<unsigned char>(in[i + 3])];
        if ((a | b | c | d) & 0xc0) break;
        const std::uint32_t bits = a << 18 | b << 12 | c << 6 | d;
        *to++ = static_cast<char>(bits >> 16);
        *to++ = static_cast<char>(bits >> 8);
        *to++ = static_cast<char>(bits);
      }
      if (i >= in.size()) break;
    }
    const std::uint8_t value = kDecode[static_cast<unsigned char>(in[i++])];
    if (value < 64) {
      bits_ = bits_ << 6 | value;
      if (++count_ == 4) {
        *to++ = static_cast<char>(bits_ >> 16);
        *to++ = static_cast<char>(bits_ >> 8);
        *to++ = static_cast<char>(bits_);
        bits_ = 0;
        count_ = 0;
      }
    } else if (value == kPadding) {
      // Some programs encode pieces and join them, so what follows the padding is a new quantum.
      if (count_ >= 2) *to++ = static_cast<char>(count_ == 2 ? bits_ >> 4 : bits_ >> 10);
      if (count_ == 3) *to++ = static_cast<char>(bits_ >> 2);
      bits_ = 0;
      count_ = 0;
    } else if (value == kGarbage) {
      garbage_ = true;
    }
  }
  out.resize(static_cast<std::size_t>(to - out.data()));
}

void Base64Decoder::finish(std::string& out) {
  if (count_ >= 2) out.push_back(static_cast<char>(count_ == 2 ? bits_ >> 4 : bits_ >> 10));
  if (count_ == 3) out.push_back(static_cast<char>(bits_ >> 2));
  bits_ = 0;
  count_ = 0;
}

void QuotedPrintableDecoder::decode_line(std::string_view line, bool complete, std::string& out) {
  std::string_view line_end;
  if (complete) {
    line_end = line.ends_with("\r\n") ? "\r\n" : "\n";
    line.remove_suffix(line_end.size());
  }
  // RFC 2045 6.7 (3): blanks at the end of a line were added on the way.
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
  if (line.ends_with('=')) {
    line.remove_suffix(1);
    line_end = {};
  }
  while (!line.empty()) {
    const auto* equals = static_cast<const char*>(std::memchr(line.data(), '=', line.size()));
    const std::size_t plain = equals ? static_cast<std::size_t>(equals - line.data()) : line.size();
    out.append(line.substr(0, plain));
    line.remove_prefix(plain);
    if (line.empty()) break;
    if (line.size() >= 3 && hex_value(line[1]) >= 0 && hex_value(line[2]) >= 0) {
      out.push_back(static_cast<char>(hex_value(line[1]) * 16 + hex_value(line[2])));
      line.remove_prefix(3);
    } else {
      garbage_ = true;
      out.push_back('=');
      line.remove_prefix(1);
    }
  }
  out.append(line_end);
}

void QuotedPrintableDecoder::decode(std::string_view in, std::string& out) {
  while (!in.empty()) {
    const auto lf = in.find('\n');
    if (lf == std::string_view::npos) {
      pending_.append(in);
      return;
    }
    const std::string_view line = in.substr(0, lf + 1);
    if (pending_.empty()) {
      decode_line(line, true, out);
    } else {
      pending_.append(line);
      decode_line(pending_, true, out);
      pending_.clear();
    }
    in.remove_prefix(lf + 1);
  }
}

void QuotedPrintableDecoder::finish(std::string& out) {
  if (!pending_.empty()) decode_line(pending_, false, out);
  pending_.clear();
}

std::string decode_content(std::string_view content, Encoding encoding, std::size_t max_size) {
  constexpr std::size_t kChunk = 64 * 1024;
  std::string out;
  const auto run = [&](auto decoder) {
    while (!content.empty() && out.size() < max_size) {
      const std::size_t size =
          std::min({content.size(), kChunk, max_size > kChunk ? kChunk : max_size * 3 / 2 + 8});
      decoder.decode(content.substr(0, size), out);
      content.remove_prefix(size);
    }
    decoder.finish(out);
  };
  switch (encoding) {
    case Encoding::kBase64:
      out.reserve(
          std::min(content.size() / 4 * 3 + 6, max_size < kChunk ? max_size * 2 + 16 : content.size()));
      run(Base64Decoder());
      return out;
    case Encoding::kQuotedPrintable:
      run(QuotedPrintableDecoder());
      return out;
    case Encoding::kUuencode:
      return decode_uuencode(content, max_size);
    default:
      return std::string(content.substr(0, max_size));
  }
}

std::string decode_base64(std::string_view text) {
  return decode_content(text, Encoding::kBase64);
}

std::string encode_base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t k) {
      return i + k < bytes.size() ? static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i + k])) : 0u;
    };
    const std::uint32_t bits = byte(0) << 16 | byte(1) << 8 | byte(2);
    out.push_back(kAlphabet[bits >> 18]);
    out.push_back(kAlphabet[bits >> 12 & 63]);
    out.push_back(i + 1 < bytes.size() ? kAlphabet[bits >> 6 & 63] : '=');
    out.push_back(i + 2 < bytes.size() ? kAlphabet[bits & 63] : '=');
  }
  return out;
}

std::string encode_base64_lines(std::string_view bytes, std::size_t columns) {
  const std::size_t per_line = std::max<std::size_t>(columns / 4 * 3, 3);
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += per_line)
    out += encode_base64(bytes.substr(i, per_line)) + "\r\n";
  return out;
}

std::string encode_quoted_printable(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  std::size_t column = 0;
  const auto at_line_end = [&](std::size_t i) {
    return i >= text.size() || text[i] == '\n' ||
           (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n');
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (at_line_end(i)) {
      if (text[i] == '\r') ++i;
      out += "\r\n";
      column = 0;
      continue;
    }
    const auto c = static_cast<unsigned char>(text[i]);
    const bool blank_at_end = (c == ' ' || c == '\t') && at_line_end(i + 1);
    // "From " and a lone "." at a line's start are what mail transports mangle (RFC 2049 3).
    const bool mangled = column == 0 && (c == '.' || (c == 'F' && text.substr(i).starts_with("From ")));
    const bool plain = ((c >= 0x20 && c < 0x7f) || c == '\t') && c != '=' && !blank_at_end && !mangled;
    const std::size_t width = plain ? 1 : 3;
    if (column + width > 75 && !(column + width == 76 && at_line_end(i + 1))) {
      out += "=\r\n";
      column = 0;
    }
    if (plain) {
      out.push_back(static_cast<char>(c));
    } else {
      out.push_back('=');
      out.push_back(kHex[c >> 4]);
      out.push_back(kHex[c & 15]);
    }
    column += width;
  }
  return out;
}

}  // namespace gannet::mime
