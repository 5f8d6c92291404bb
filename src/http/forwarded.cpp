#include "http/forwarded.h"

#include <algorithm>
#include <optional>
#include <ranges>
#include <string_view>

#include "base/unicode.h"

namespace gannet::http {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  const auto first = text.find_first_not_of(kBlank);
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// At each `separator` outside of a quoted string (RFC 9110 5.6.4).
std::vector<std::string_view> split_unquoted(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  std::size_t start = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == separator && !quoted) {
      out.push_back(text.substr(start, i - start));
      start = i + 1;
    }
  }
  out.push_back(text.substr(start));
  return out;
}

std::string unquoted(std::string_view text) {
  if (text.size() < 2 || !text.starts_with('"') || !text.ends_with('"')) return std::string(text);
  std::string out;
  text = text.substr(1, text.size() - 2);
  for (std::size_t i = 0; i < text.size(); ++i)
    out += text[i] == '\\' && i + 1 < text.size() ? text[++i] : text[i];
  return out;
}

// With or without a port.
std::optional<IpAddress> parse_node(std::string_view text) {
  if (auto address = IpAddress::parse(text)) return address;
  const auto colon = text.rfind(':');
  return colon == std::string_view::npos ? std::nullopt : IpAddress::parse(text.substr(0, colon));
}

// RFC 7239 4: "for=192.0.2.60;proto=https", the address of IPv6 in brackets and quotes.
std::optional<IpAddress> parse_element(std::string_view element) {
  for (const auto pair : split_unquoted(element, ';')) {
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos && to_lower_ascii(trimmed(pair.substr(0, equals))) == "for")
      return parse_node(unquoted(trimmed(pair.substr(equals + 1))));
  }
  return std::nullopt;
}

bool contains(const std::vector<IpNetwork>& networks, const IpAddress& address) {
  return std::ranges::any_of(networks, [&](const auto& network) { return network.contains(address); });
}

}  // namespace

bool is_proxy(const IpAddress& peer, const ForwardedOptions& options) {
  return options.use && (options.trusted.empty() || contains(options.trusted, peer));
}

IpAddress client_address(const IpAddress& peer, const ForwardedOptions& options,
                         const std::vector<std::pair<std::string, std::string>>& headers) {
  if (!is_proxy(peer, options)) return peer;
  const bool standard = options.field == ForwardedOptions::Field::kForwarded;
  const std::string_view field = standard ? "forwarded" : "x-forwarded-for";
  IpAddress nearest = peer;
  // Several fields of a name are one list (RFC 9110 5.3).
  for (const auto& [name, value] : std::views::reverse(headers)) {
    if (name != field) continue;
    for (const auto entry : std::views::reverse(split_unquoted(value, ','))) {
      if (trimmed(entry).empty()) continue;
      const auto address = standard ? parse_element(entry) : parse_node(trimmed(entry));
      if (!address || (address->is_loopback() && !peer.is_loopback())) return nearest;
      nearest = *address;
      if (!contains(options.trusted, nearest)) return nearest;
    }
  }
  return nearest;
}

}  // namespace gannet::http
