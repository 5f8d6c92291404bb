// Functions for mail and Internet addresses.
#include <algorithm>
#include <string>

#include "base/ip.h"
#include "base/unicode.h"
#include "config/expression/functions.h"

namespace gannet::config::expression {
namespace {

// RFC 5321 4.1.2 and RFC 6531 3.3, as far as can be told without its quotes and comments: one or more octets,
// the last @, and a domain.
bool is_email(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || at > 64 || text.size() > 254) return false;
  const auto local = text.substr(0, at);
  const auto domain = text.substr(at + 1);
  const bool quoted = local.size() > 2 && local.front() == '"' && local.back() == '"';
  if (!quoted &&
      (local.find_first_of(" \t\r\n\"(),:;<>@[\\]") != std::string_view::npos || local.front() == '.' ||
       local.back() == '.' || local.find("..") != std::string_view::npos)) {
    return false;
  }
  if (domain.starts_with('[') && domain.ends_with(']')) return domain.size() > 2;
  return domain.find('.') != std::string_view::npos && domain_to_ascii(domain).has_value();
}

Result<Value> email_part(Arguments a, Context&) {
  const std::string address = a[0].as_string();
  const std::string part = a[1].as_string();
  if (part != "local" && part != "domain") {
    return fail(ConfigError::kInvalid, "the second argument of email_part() is 'local' or 'domain'");
  }
  const auto at = address.rfind('@');
  if (at == std::string::npos) return Value();
  return part == "local" ? Value(address.substr(0, at)) : Value(address.substr(at + 1));
}

// The name without its zone: 1.2.0.192, or nibbles (RFC 3596 2.5).
Result<Value> ip_reverse_name(Arguments a, Context&) {
  const auto address = IpAddress::parse(a[0].as_string());
  if (!address) return Value();
  std::string out;
  const std::string octets = address->bytes();
  for (auto it = octets.rbegin(); it != octets.rend(); ++it) {
    const auto octet = static_cast<unsigned char>(*it);
    if (!out.empty()) out.push_back('.');
    if (address->is_v4()) {
      out += std::to_string(octet);
    } else {
      static constexpr char kDigits[] = "0123456789abcdef";
      out.push_back(kDigits[octet & 15]);
      out.push_back('.');
      out.push_back(kDigits[octet >> 4]);
    }
  }
  return Value(std::move(out));
}

Result<Value> is_ip_in_cidr(Arguments a, Context&) {
  const auto address = IpAddress::parse(a[0].as_string());
  if (!address) return Value(false);
  const auto holds = [&](const Value& network) -> Result<bool> {
    const auto parsed = IpNetwork::parse(network.as_string());
    if (!parsed) {
      return fail(ConfigError::kInvalid, "is_ip_in_cidr() needs a network such as 10.0.0.0/8",
                  network.as_string());
    }
    return parsed->contains(*address);
  };
  if (!a[1].array()) return Value(TRY(holds(a[1])));
  for (const Value& network : *a[1].array()) {
    if (TRY(holds(network))) return Value(true);
  }
  return Value(false);
}

constexpr Function kTable[] = {
    {"is_email", 1, 1, false,
     [](Arguments a, Context&) -> Result<Value> { return Value(is_email(a[0].as_string())); },
     "is_email(text)", "Whether it is an e-mail address."},
    {"email_part", 2, 2, false, email_part, "email_part(address, part)",
     "The address's 'local' part or 'domain'; nothing when there is no @."},
    {"is_ip_addr", 1, 1, false,
     [](Arguments a, Context&) -> Result<Value> {
       return Value(IpAddress::parse(a[0].as_string()).has_value());
     },
     "is_ip_addr(text)", "Whether it is an IP address."},
    {"is_ipv4_addr", 1, 1, false,
     [](Arguments a, Context&) -> Result<Value> {
       const auto address = IpAddress::parse(a[0].as_string());
       return Value(address && address->is_v4());
     },
     "is_ipv4_addr(text)", "Whether it is an IPv4 address."},
    {"is_ipv6_addr", 1, 1, false,
     [](Arguments a, Context&) -> Result<Value> {
       const auto address = IpAddress::parse(a[0].as_string());
       return Value(address && !address->is_v4());
     },
     "is_ipv6_addr(text)", "Whether it is an IPv6 address."},
    {"ip_reverse_name", 1, 1, false, ip_reverse_name, "ip_reverse_name(ip)",
     "The address backwards, as block lists are asked: 1.2.0.192 for 192.0.2.1."},
    {"is_ip_in_cidr", 2, 2, false, is_ip_in_cidr, "is_ip_in_cidr(ip, network)",
     "Whether the address lies in the network, or in one of an array of networks."},
};

}  // namespace

constinit const std::span<const Function> kMailFunctions = kTable;

}  // namespace gannet::config::expression
