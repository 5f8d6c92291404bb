#include "base/ip.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>

namespace gannet {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::optional<unsigned> parse_number(std::string_view text, unsigned max) {
  unsigned value = 0;
  if (text.empty() || text.size() > 5 ||
      !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) {
    return std::nullopt;
  }
  std::from_chars(text.data(), text.data() + text.size(), value);
  if (value > max) return std::nullopt;
  return value;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    text = text.substr(1, text.size() - 2);
    if (text.find(':') == std::string_view::npos) return std::nullopt;
  }
  char buffer[INET6_ADDRSTRLEN + 1];
  if (text.empty() || text.size() >= sizeof buffer || text.find('\0') != std::string_view::npos)
    return std::nullopt;
  std::memcpy(buffer, text.data(), text.size());
  buffer[text.size()] = '\0';
  char octets[16];
  if (inet_pton(AF_INET, buffer, octets) == 1) return from_bytes({octets, 4});
  if (inet_pton(AF_INET6, buffer, octets) == 1) return from_bytes({octets, 16});
  return std::nullopt;
}

std::optional<IpAddress> IpAddress::from_bytes(std::string_view octets) {
  IpAddress address;
  if (octets.size() == 4) {
    std::ranges::copy(kMappedPrefix, address.octets_.begin());
    std::memcpy(address.octets_.data() + 12, octets.data(), 4);
  } else if (octets.size() == 16) {
    std::memcpy(address.octets_.data(), octets.data(), 16);
  } else {
    return std::nullopt;
  }
  return address;
}

bool IpAddress::is_v4() const {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), octets_.begin());
}

bool IpAddress::is_loopback() const {
  if (is_v4()) return octets_[12] == 127;
  return octets_[15] == 1 && std::all_of(octets_.begin(), octets_.end() - 1, [](auto o) { return o == 0; });
}

bool IpAddress::is_unspecified() const {
  auto from = octets_.begin() + (is_v4() ? 12 : 0);
  return std::all_of(from, octets_.end(), [](auto o) { return o == 0; });
}

std::string IpAddress::bytes() const {
  const char* from = reinterpret_cast<const char*>(octets_.data());
  return is_v4() ? std::string(from + 12, 4) : std::string(from, 16);
}

std::string IpAddress::to_string() const {
  char buffer[INET6_ADDRSTRLEN];
  return is_v4() ? inet_ntop(AF_INET, octets_.data() + 12, buffer, sizeof buffer)
                 : inet_ntop(AF_INET6, octets_.data(), buffer, sizeof buffer);
}

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
  auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  auto host = text.substr(0, colon);
  auto port = parse_number(text.substr(colon + 1), 65535);
  auto ip = IpAddress::parse(host);
  if (!port || !ip) return std::nullopt;
  // "::1:25" could be an address by itself: an IPv6 host needs its brackets.
  if (host.front() != '[' && host.find(':') != std::string_view::npos) return std::nullopt;
  return Endpoint{*ip, static_cast<std::uint16_t>(*port)};
}

Endpoint Endpoint::from_sockaddr(const sockaddr_storage& address) {
  Endpoint endpoint;
  if (address.ss_family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(address);
    endpoint.ip = *IpAddress::from_bytes({reinterpret_cast<const char*>(&in.sin_addr), 4});
    endpoint.port = ntohs(in.sin_port);
  } else if (address.ss_family == AF_INET6) {
    const auto& in = reinterpret_cast<const sockaddr_in6&>(address);
    endpoint.ip = *IpAddress::from_bytes({reinterpret_cast<const char*>(&in.sin6_addr), 16});
    endpoint.port = ntohs(in.sin6_port);
  }
  return endpoint;
}

socklen_t Endpoint::to_sockaddr(sockaddr_storage& out, bool as_v6) const {
  out = {};
  if (ip.is_v4() && !as_v6) {
    auto& in = reinterpret_cast<sockaddr_in&>(out);
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    std::memcpy(&in.sin_addr, ip.mapped().data() + 12, 4);
    return sizeof in;
  }
  auto& in = reinterpret_cast<sockaddr_in6&>(out);
  in.sin6_family = AF_INET6;
  in.sin6_port = htons(port);
  std::memcpy(&in.sin6_addr, ip.mapped().data(), 16);
  return sizeof in;
}

std::string Endpoint::to_string() const {
  auto host = ip.to_string();
  return (ip.is_v4() ? host : "[" + host + "]") + ":" + std::to_string(port);
}

std::optional<IpNetwork> IpNetwork::parse(std::string_view text) {
  auto slash = text.find('/');
  auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  unsigned bits = address->is_v4() ? 32 : 128;
  if (slash == std::string_view::npos) return IpNetwork(*address, bits);
  auto prefix = parse_number(text.substr(slash + 1), bits);
  if (!prefix) return std::nullopt;
  return IpNetwork(*address, *prefix);
}

IpNetwork::IpNetwork(IpAddress address, unsigned prefix_length) : prefix_(prefix_length) {
  auto octets = address.bytes();
  for (unsigned i = 0; i < octets.size(); ++i) {
    unsigned kept = std::clamp<int>(static_cast<int>(prefix_length) - static_cast<int>(i * 8), 0, 8);
    octets[i] = static_cast<char>(static_cast<unsigned char>(octets[i]) & (0xff00u >> kept));
  }
  address_ = *IpAddress::from_bytes(octets);
}

bool IpNetwork::contains(const IpAddress& address) const {
  if (address.is_v4() != address_.is_v4()) return false;
  return IpNetwork(address, prefix_).address_ == address_;
}

std::string IpNetwork::to_string() const {
  return address_.to_string() + "/" + std::to_string(prefix_);
}

}  // namespace gannet

std::size_t std::hash<gannet::IpAddress>::operator()(const gannet::IpAddress& address) const noexcept {
  const auto& octets = address.mapped();
  return std::hash<std::string_view>{}({reinterpret_cast<const char*>(octets.data()), octets.size()});
}
