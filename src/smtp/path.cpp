#include "smtp/path.h"

#include <algorithm>

#include "base/ip.h"
#include "base/unicode.h"
#include "smtp/text.h"

namespace gannet::smtp {
namespace {

// RFC 5322 3.2.3, and RFC 6531 3.3 for octets above ASCII.
bool is_atext(char c) {
  constexpr std::string_view kSpecial = "!#$%&'*+-/=?^_`{|}~";
  return is_alpha(c) || is_digit(c) || is_utf8_octet(c) || kSpecial.find(c) != std::string_view::npos;
}

bool is_dot_string(std::string_view text) {
  if (text.empty() || text.front() == '.' || text.back() == '.') return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (!is_atext(text[i]) && (text[i] != '.' || text[i - 1] == '.')) return false;
  return true;
}

std::unexpected<Reply> bad(std::string_view text) {
  return std::unexpected(Reply{501, {5, 1, 3}, std::string(text)});
}

// Quoted-string = DQUOTE *QcontentSMTP DQUOTE
Parsed<std::string> take_quoted(std::string_view& text) {
  std::string out;
  std::size_t i = 1;
  for (; i < text.size() && text[i] != '"'; ++i) {
    if (text[i] == '\\' && ++i == text.size()) break;
    if (static_cast<unsigned char>(text[i]) < 0x20 || text[i] == 0x7f)
      return bad("A quoted local part holds a control character");
    out.push_back(text[i]);
  }
  if (i >= text.size()) return bad("A quoted local part is not closed");
  text.remove_prefix(i + 1);
  if (out.empty()) return bad("The local part is empty");
  return out;
}

Parsed<std::string> take_local(std::string_view& text) {
  if (text.starts_with('"')) return take_quoted(text);
  std::size_t end = 0;
  while (end < text.size() && (is_atext(text[end]) || text[end] == '.')) ++end;
  const std::string_view local = text.substr(0, end);
  if (!is_dot_string(local)) return bad("The local part of the address is malformed");
  text.remove_prefix(end);
  return std::string(local);
}

Parsed<std::string> take_domain(std::string_view& text) {
  std::size_t end = text.starts_with('[') ? text.find(']') : text.find_first_of(">: \t,");
  if (text.starts_with('[') && end != std::string_view::npos) ++end;
  const std::string_view domain = text.substr(0, end);
  if (!is_domain(domain) && !is_address_literal(domain)) return bad("The domain of the address is malformed");
  text.remove_prefix(domain.size());
  return std::string(domain);
}

// A-d-l ":" : "@a,@b:"
Parsed<void> skip_source_route(std::string_view& text) {
  while (text.starts_with('@')) {
    text.remove_prefix(1);
    if (auto domain = take_domain(text); !domain) return std::unexpected(domain.error());
    if (text.starts_with(',')) {
      text.remove_prefix(1);
      if (!text.starts_with('@')) return bad("The source route is malformed");
    } else if (text.starts_with(':')) {
      text.remove_prefix(1);
      return {};
    } else {
      return bad("The source route is malformed");
    }
  }
  return {};
}

Parsed<Path> take_mailbox(std::string_view& text, bool domain_optional) {
  Path path;
  auto local = take_local(text);
  if (!local) return std::unexpected(local.error());
  path.local = std::move(*local);
  if (domain_optional && text.starts_with('>') && equal_ignoring_ascii_case(path.local, "postmaster"))
    return path;
  if (!text.starts_with('@')) return bad("The address has no domain");
  text.remove_prefix(1);
  auto domain = take_domain(text);
  if (!domain) return std::unexpected(domain.error());
  path.domain = std::move(*domain);
  if (path.local.size() > kMaxLocalPart) return bad("The local part of the address is too long");
  if (!is_utf8(path.local)) return bad("The address is not valid UTF-8");
  return path;
}

bool is_label(std::string_view label) {
  if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
  return std::ranges::all_of(
      label, [](char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '_' || is_utf8_octet(c); });
}

}  // namespace

std::string Path::address() const {
  if (null()) return {};
  std::string out;
  if (is_dot_string(local)) {
    out = local;
  } else {
    out.push_back('"');
    for (const char c : local) {
      if (c == '"' || c == '\\') out.push_back('\\');
      out.push_back(c);
    }
    out.push_back('"');
  }
  if (!domain.empty()) out += "@" + domain;
  return out;
}

bool Path::ascii() const {
  return is_ascii(local) && is_ascii(domain);
}

Parsed<Path> take_path(std::string_view& text, bool reverse) {
  if (!text.starts_with('<'))
    return std::unexpected(Reply{501, {5, 5, 4}, "The address must be in angle brackets: <user@domain>"});
  const std::string_view whole = text;
  text.remove_prefix(1);
  if (text.starts_with('>')) {
    if (!reverse) return bad("The address is empty");
    text.remove_prefix(1);
    return Path{};
  }
  if (auto route = skip_source_route(text); !route) return std::unexpected(route.error());
  auto path = take_mailbox(text, !reverse);
  if (!path) return path;
  if (!text.starts_with('>')) return bad("The address is malformed");
  text.remove_prefix(1);
  if (whole.size() - text.size() > kMaxPath) return bad("The path is too long");
  return path;
}

Parsed<Path> parse_mailbox(std::string_view text) {
  auto path = take_mailbox(text, false);
  if (path && !text.empty()) return bad("The address is malformed");
  return path;
}

bool is_domain(std::string_view text) {
  if (text.empty() || text.size() > kMaxDomain || !is_utf8(text)) return false;
  while (true) {
    const std::size_t dot = text.find('.');
    if (!is_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_address_literal(std::string_view text) {
  if (text.size() < 3 || text.size() > kMaxDomain || text.front() != '[' || text.back() != ']') return false;
  text = text.substr(1, text.size() - 2);
  if (text.size() > 5 && equal_ignoring_ascii_case(text.substr(0, 5), "ipv6:")) {
    const auto ip = IpAddress::parse(text.substr(5));
    return ip && text.find('[') == std::string_view::npos &&
           text.substr(5).find(':') != std::string_view::npos;
  }
  if (const auto ip = IpAddress::parse(text)) return text.find(':') == std::string_view::npos;
  // General-address-literal = Standardized-tag ":" 1*dcontent
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) return false;
  const bool tag = std::ranges::all_of(text.substr(0, colon),
                                       [](char c) { return is_alpha(c) || is_digit(c) || c == '-'; });
  const bool content = std::ranges::all_of(text.substr(colon + 1), [](char c) {
    return c > 0x20 && c < 0x7f && c != '[' && c != ']' && c != '\\';
  });
  return tag && content && text[colon - 1] != '-' && is_alpha(text[0]);
}

bool is_fully_qualified(std::string_view text) {
  return is_address_literal(text) || (is_domain(text) && text.find('.') != std::string_view::npos);
}

}  // namespace gannet::smtp
