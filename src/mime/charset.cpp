#include "mime/charset.h"

#include <unicode/ucnv.h>
#include <unicode/ustring.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "mime/header.h"

namespace gannet::mime {
namespace {

void append_utf8(std::string& out, char32_t c) {
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xc0 | c >> 6));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xe0 | c >> 12));
    out.push_back(static_cast<char>(0x80 | (c >> 6 & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  } else {
    out.push_back(static_cast<char>(0xf0 | c >> 18));
    out.push_back(static_cast<char>(0x80 | (c >> 12 & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c >> 6 & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  }
}

// 0x80 to 0x9f of windows-1252; the five holes are C1 controls, as the WHATWG's encoding standard has it.
constexpr std::array<char16_t, 32> kWindows1252 = {
    0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008d, 0x017d, 0x008f, 0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178};

std::string from_windows_1252(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 4);
  for (unsigned char c : bytes) append_utf8(out, c >= 0x80 && c < 0xa0 ? kWindows1252[c - 0x80] : c);
  return out;
}

// Names that mail uses and ICU does not know, or for which it knows something narrower than what mail means
// by them.
struct Alias {
  std::string_view name;
  const char* icu;
};
constexpr Alias kAliases[] = {{"gb2312", "gb18030"},
                              {"gbk", "gb18030"},
                              {"gb_2312-80", "gb18030"},
                              {"x-gbk", "gb18030"},
                              {"cp936", "gb18030"},
                              {"ks_c_5601-1987", "windows-949"},
                              {"ks_c_5601", "windows-949"},
                              {"ksc5601", "windows-949"},
                              {"euc-kr", "windows-949"},
                              {"cp949", "windows-949"},
                              {"shift_jis", "ibm-943"},
                              {"shift-jis", "ibm-943"},
                              {"x-sjis", "ibm-943"},
                              {"windows-31j", "ibm-943"},
                              {"cp932", "ibm-943"},
                              {"sjis", "ibm-943"},
                              {"big5", "windows-950-2000"},
                              {"cn-big5", "windows-950-2000"},
                              {"cp950", "windows-950-2000"},
                              {"tis-620", "windows-874"},
                              {"iso-8859-11", "windows-874"},
                              {"iso-8859-9", "windows-1254"},
                              {"iso-8859-8-i", "iso-8859-8"},
                              {"unicode-1-1-utf-7", "utf-7"},
                              {"iso-10646-ucs-2", "utf-16"},
                              {"unicode", "utf-16"},
                              {"cp-850", "ibm-850"},
                              {"x-mac-roman", "macintosh"},
                              {"koi8-ru", "koi8-u"},
                              {"x-euc-jp", "euc-jp"},
                              {"x-windows-949", "windows-949"}};

enum class Family { kUtf8, kWindows1252, kAscii, kOther };

Family family_of(std::string_view name) {
  constexpr std::string_view kUtf8[] = {"utf-8", "utf8", "x-unknown-utf-8"};
  constexpr std::string_view kLatin1[] = {"iso-8859-1", "iso8859-1", "iso_8859-1",   "latin1", "latin-1",
                                          "l1",         "8859-1",    "windows-1252", "cp1252", "cp-1252"};
  constexpr std::string_view kAscii[] = {"us-ascii", "ascii", "ansi_x3.4-1968", "iso646-us", "us"};
  for (auto known : kUtf8)
    if (equals_ignoring_case(known, name)) return Family::kUtf8;
  for (auto known : kLatin1)
    if (equals_ignoring_case(known, name)) return Family::kWindows1252;
  for (auto known : kAscii)
    if (equals_ignoring_case(known, name)) return Family::kAscii;
  return Family::kOther;
}

struct ConverterCloser {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
};
using Converter = std::unique_ptr<UConverter, ConverterCloser>;

// The converters that this thread used last. Opening one costs microseconds, and mail comes in a handful of
// charsets.
class ConverterCache {
 public:
  // Null for a name that ICU does not know; reset, if not. Valid until the next call.
  UConverter* find(std::string_view charset) {
    if (charset.empty() || charset.size() > 60) return nullptr;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (!equals_ignoring_case(entries_[i].name, charset)) continue;
      if (i > 0) std::swap(entries_[i], entries_[i - 1]);
      UConverter* converter = entries_[i > 0 ? i - 1 : 0].converter.get();
      if (converter) ucnv_reset(converter);
      return converter;
    }
    std::string name(charset);
    for (const auto& alias : kAliases)
      if (equals_ignoring_case(alias.name, charset)) name = alias.icu;
    UErrorCode error = U_ZERO_ERROR;
    // A comma would pass options to ICU; a NUL would cut the name.
    const bool sane = name.find_first_of(std::string_view(",=\0", 3)) == std::string::npos;
    Converter converter(sane ? ucnv_open(name.c_str(), &error) : nullptr);
    if (U_FAILURE(error)) converter.reset();
    if (entries_.size() >= kMax) entries_.pop_back();
    entries_.push_back({std::string(charset), std::move(converter)});
    return entries_.back().converter.get();
  }

 private:
  static constexpr std::size_t kMax = 16;
  struct Entry {
    std::string name;
    Converter converter;  // null: ICU does not know it
  };
  std::vector<Entry> entries_;
};

ConverterCache& converters() {
  thread_local ConverterCache cache;
  return cache;
}

std::string convert(UConverter* converter, std::string_view bytes) {
  std::u16string wide;
  std::array<char16_t, 1024> buffer;
  const char* source = bytes.data();
  const char* const end = source + bytes.size();
  for (;;) {
    UErrorCode error = U_ZERO_ERROR;
    char16_t* target = buffer.data();
    ucnv_toUnicode(converter, &target, buffer.data() + buffer.size(), &source, end, nullptr, true, &error);
    wide.append(buffer.data(), target);
    if (error != U_BUFFER_OVERFLOW_ERROR) break;
  }
  std::string out;
  out.reserve(wide.size() * 3 / 2);
  for (std::size_t i = 0; i < wide.size(); ++i) {
    char32_t c = wide[i];
    if (U16_IS_LEAD(c) && i + 1 < wide.size() && U16_IS_TRAIL(wide[i + 1])) {
      c = U16_GET_SUPPLEMENTARY(c, wide[i + 1]);
      ++i;
    } else if (U16_IS_SURROGATE(c)) {
      c = 0xfffd;
    }
    append_utf8(out, c);
  }
  return out;
}

std::string_view trim_name(std::string_view name) {
  while (!name.empty() && (name.front() == ' ' || name.front() == '"' || name.front() == '\''))
    name.remove_prefix(1);
  while (!name.empty() && (name.back() == ' ' || name.back() == '"' || name.back() == '\''))
    name.remove_suffix(1);
  return name;
}

// How many octets from `at` on are one well-formed character; 0 if none is (Unicode 15, table 3-7).
std::size_t utf8_length(std::string_view s, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return at + i < s.size() ? static_cast<unsigned char>(s[at + i]) : 0u;
  };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xc0) == 0x80; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;
  if (first < 0xe0) return tail(1) ? 2 : 0;
  if (first < 0xf0) {
    if (!tail(1) || !tail(2)) return 0;
    if (first == 0xe0 && byte(1) < 0xa0) return 0;
    return first == 0xed && byte(1) > 0x9f ? 0 : 3;
  }
  if (first > 0xf4 || !tail(1) || !tail(2) || !tail(3)) return 0;
  if (first == 0xf0 && byte(1) < 0x90) return 0;
  return first == 0xf4 && byte(1) > 0x8f ? 0 : 4;
}

// The first octet from `at` on that is not ASCII.
std::size_t skip_ascii(std::string_view s, std::size_t at) {
  while (at + 8 <= s.size()) {
    std::uint64_t word;
    std::memcpy(&word, s.data() + at, 8);
    if (word & 0x8080808080808080u) break;
    at += 8;
  }
  while (at < s.size() && static_cast<unsigned char>(s[at]) < 0x80) ++at;
  return at;
}

}  // namespace

bool is_ascii(std::string_view bytes) {
  return skip_ascii(bytes, 0) == bytes.size();
}

bool is_valid_utf8(std::string_view bytes) {
  for (std::size_t i = skip_ascii(bytes, 0); i < bytes.size(); i = skip_ascii(bytes, i)) {
    const std::size_t length = utf8_length(bytes, i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

std::string sanitize_utf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t ascii_end = skip_ascii(bytes, i);
    out.append(bytes.substr(i, ascii_end - i));
    i = ascii_end;
    if (i == bytes.size()) break;
    const std::size_t length = utf8_length(bytes, i);
    if (length == 0) {
      out += "\xef\xbf\xbd";
      ++i;
    } else {
      out.append(bytes.substr(i, length));
      i += length;
    }
  }
  return out;
}

std::string_view utf8_prefix(std::string_view text, std::size_t max_size) {
  if (text.size() <= max_size) return text;
  while (max_size > 0 && (static_cast<unsigned char>(text[max_size]) & 0xc0) == 0x80) --max_size;
  return text.substr(0, max_size);
}

bool charset_known(std::string_view charset) {
  charset = trim_name(charset);
  return family_of(charset) != Family::kOther || converters().find(charset) != nullptr;
}

std::string to_utf8(std::string_view bytes) {
  return is_valid_utf8(bytes) ? std::string(bytes) : from_windows_1252(bytes);
}

std::string to_utf8(std::string_view bytes, std::string_view charset) {
  charset = trim_name(charset);
  if (const auto star = charset.find('*'); star != std::string_view::npos) charset = charset.substr(0, star);
  switch (family_of(charset)) {
    case Family::kUtf8:
      return is_valid_utf8(bytes) ? std::string(bytes) : sanitize_utf8(bytes);
    case Family::kWindows1252:
      return is_ascii(bytes) ? std::string(bytes) : from_windows_1252(bytes);
    case Family::kAscii:
      return to_utf8(bytes);
    case Family::kOther:
      break;
  }
  UConverter* converter = converters().find(charset);
  return converter ? convert(converter, bytes) : to_utf8(bytes);
}

}  // namespace gannet::mime
