#include "directory/ldap/escape.h"

#include <algorithm>

namespace gannet::directory::ldap {
namespace {

void append_hex(std::string& out, char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  out.push_back('\\');
  out.push_back(kDigits[byte >> 4]);
  out.push_back(kDigits[byte & 15]);
}

template <typename Escape>
std::string replace(std::string_view text, std::string_view value, Escape escape) {
  std::string out;
  for (const char c : text) {
    if (c == '?') {
      out += escape(value);
    } else {
      out.push_back(c);
    }
  }
  return out;
}

}  // namespace

std::string escape_filter_value(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '*' || c == '(' || c == ')' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      append_hex(out, c);
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::string escape_dn_value(std::string_view value) {
  constexpr std::string_view kSpecial = "\"+,;<>\\=#";
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    const bool outer_space = c == ' ' && (i == 0 || i + 1 == value.size());
    if (kSpecial.contains(c) || outer_space || static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      append_hex(out, c);
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::string with_value(std::string_view filter, std::string_view value) {
  return replace(filter, value, escape_filter_value);
}

std::string with_dn_value(std::string_view name, std::string_view value) {
  if (!name.contains('='))
    return replace(name, value, [](std::string_view as_it_is) { return std::string(as_it_is); });
  return replace(name, value, escape_dn_value);
}

std::vector<std::string> compared_attributes(std::string_view filter) {
  std::vector<std::string> out;
  for (auto open = filter.find('('); open != std::string_view::npos; open = filter.find('(', open + 1)) {
    const auto end = filter.find_first_of("()", open + 1);
    const std::string_view item =
        filter.substr(open + 1, end == std::string_view::npos ? end : end - open - 1);
    const auto equals = item.find('=');
    if (equals == std::string_view::npos || !item.substr(equals).contains('?')) continue;
    std::string name(item.substr(0, equals));
    // ~= >= <= and the extensible :rule:=
    name = name.substr(0, name.find_first_of(":~<>"));
    if (!name.empty() && std::ranges::find(out, name) == out.end()) out.push_back(std::move(name));
  }
  return out;
}

}  // namespace gannet::directory::ldap
