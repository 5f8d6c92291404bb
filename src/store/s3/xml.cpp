#include "store/s3/xml.h"

#include <array>
#include <charconv>
#include <utility>

namespace gannet::store::s3 {
namespace {

void append_utf8(std::string& out, unsigned code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += {static_cast<char>(0xc0 | code >> 6), static_cast<char>(0x80 | (code & 0x3f))};
  } else if (code < 0x10000) {
    out += {static_cast<char>(0xe0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 0x3f)),
            static_cast<char>(0x80 | (code & 0x3f))};
  } else if (code < 0x110000) {
    out += {static_cast<char>(0xf0 | code >> 18), static_cast<char>(0x80 | (code >> 12 & 0x3f)),
            static_cast<char>(0x80 | (code >> 6 & 0x3f)), static_cast<char>(0x80 | (code & 0x3f))};
  }
}

// "amp", "#38", "#x26"; false if it is none.
bool append_reference(std::string& out, std::string_view name) {
  constexpr std::array<std::pair<std::string_view, char>, 5> kNamed{
      {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};
  for (const auto& [word, character] : kNamed)
    if (name == word) {
      out += character;
      return true;
    }
  if (!name.starts_with('#')) return false;
  name.remove_prefix(1);
  const int base = name.starts_with('x') ? 16 : 10;
  if (base == 16) name.remove_prefix(1);
  unsigned code = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), code, base);
  if (error != std::errc() || end != name.data() + name.size()) return false;
  append_utf8(out, code);
  return true;
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text[at] == '&' ? text.find(';', at) : std::string_view::npos;
    if (end != std::string_view::npos && append_reference(out, text.substr(at + 1, end - at - 1)))
      at = end + 1;
    else
      out += text[at++];
  }
  return out;
}

}  // namespace

std::vector<std::string_view> elements(std::string_view text, std::string_view name) {
  const std::string open = "<" + std::string(name), close = "</" + std::string(name) + ">";
  std::vector<std::string_view> out;
  for (std::size_t at = text.find(open); at != std::string_view::npos; at = text.find(open, at)) {
    at += open.size();
    if (at >= text.size() || (text[at] != '>' && text[at] != ' ')) continue;  // a longer name
    const auto begin = text.find('>', at);
    const auto end = text.find(close, at);
    if (begin == std::string_view::npos || end == std::string_view::npos || begin > end) break;
    out.push_back(text.substr(begin + 1, end - begin - 1));
    at = end;
  }
  return out;
}

std::string element_text(std::string_view text, std::string_view name) {
  const auto found = elements(text, name);
  return found.empty() ? std::string() : unescaped(found.front());
}

}  // namespace gannet::store::s3
