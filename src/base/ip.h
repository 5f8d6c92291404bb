// Internet addresses, endpoints and networks as plain values: settings, sessions, policies and records use
// them.
#pragma once

#include <sys/socket.h>

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace gannet {

// An IPv4 or IPv6 address. An IPv4-mapped IPv6 address (::ffff:192.0.2.1) is the IPv4 address itself, so that
// one peer has one spelling whichever socket it came in by. The default is the IPv6 unspecified address "::".
class IpAddress {
 public:
  IpAddress() = default;
  // "192.0.2.1", "2001:db8::1", "[2001:db8::1]". Nothing when it is no address; zone ids (%eth0) are refused.
  static std::optional<IpAddress> parse(std::string_view text);
  // 4 or 16 octets in network order; any other size is nothing.
  static std::optional<IpAddress> from_bytes(std::string_view octets);

  bool is_v4() const;
  bool is_loopback() const;
  bool is_unspecified() const;
  // Network order: 4 octets or 16.
  std::string bytes() const;
  // RFC 5952 for IPv6; no brackets.
  std::string to_string() const;
  // Always 16 octets; IPv4 in its mapped form.
  const std::array<std::uint8_t, 16>& mapped() const { return octets_; }

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  std::array<std::uint8_t, 16> octets_{};
};

// An address and a TCP port.
struct Endpoint {
  IpAddress ip;
  std::uint16_t port = 0;

  // "192.0.2.1:25", "[2001:db8::1]:25". Nothing when it is not exactly that.
  static std::optional<Endpoint> parse(std::string_view text);
  // From getpeername() and its family; "::" with port 0 for any other family (a Unix socket).
  static Endpoint from_sockaddr(const sockaddr_storage& address);
  // Returns the length. With `as_v6`, an IPv4 address becomes its mapped form for an IPv6 socket.
  socklen_t to_sockaddr(sockaddr_storage& out, bool as_v6 = false) const;
  std::string to_string() const;

  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

// A network in CIDR notation.
class IpNetwork {
 public:
  // "192.0.2.0/24", "2001:db8::/32", or a single address. Bits beyond the prefix are ignored. Nothing when
  // malformed.
  static std::optional<IpNetwork> parse(std::string_view text);
  IpNetwork(IpAddress address, unsigned prefix_length);

  bool contains(const IpAddress& address) const;
  std::string to_string() const;

  friend bool operator==(const IpNetwork&, const IpNetwork&) = default;

 private:
  IpAddress address_;
  unsigned prefix_ = 0;  // in the family's own bits: 0 to 32 or 0 to 128
};

}  // namespace gannet

template <>
struct std::hash<gannet::IpAddress> {
  std::size_t operator()(const gannet::IpAddress& address) const noexcept;
};
