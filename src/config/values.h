// The value types of settings, and how they are written.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace gannet::config {

// `100/1m`: so many in such a time. count >= 1, period >= 1 ms.
struct Rate {
  std::uint64_t count = 0;
  Duration period{};
  bool operator==(const Rate&) const = default;
};

// `minute hour weekday`, each a number or *; weekday 1 is Monday, 7 Sunday; local time.
struct Cron {
  std::optional<int> minute;   // 0..59
  std::optional<int> hour;     // 0..23
  std::optional<int> weekday;  // 1..7
  bool operator==(const Cron&) const = default;
  // The next time strictly after `after`, to the minute. `local_offset` is what to add to UTC for local time.
  WallTime next(WallTime after, std::chrono::minutes local_offset = {}) const;
};

// An IPv4 address is kept as IPv4-mapped IPv6, so that both compare the same way.
class IpAddress {
 public:
  // Without brackets or a zone; an IPv4-mapped text gives the IPv4 address.
  static std::optional<IpAddress> parse(std::string_view text);
  bool is_v4() const;
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  std::string text() const;
  auto operator<=>(const IpAddress&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

// `10.0.0.0/8`, `fd00::/8`, or one address.
class Network {
 public:
  static std::optional<Network> parse(std::string_view text);
  bool contains(const IpAddress& address) const;
  // false when `address` is not an address.
  bool contains(std::string_view address) const;
  std::string text() const;
  bool operator==(const Network&) const = default;

 private:
  IpAddress address_;
  int prefix_ = 128;  // of the mapped address
};

// `127.0.0.1:25`, `[::]:25`.
struct SocketAddress {
  std::string host;  // an IP address, without brackets
  std::uint16_t port = 0;
  bool operator==(const SocketAddress&) const = default;
  // With brackets around IPv6.
  std::string text() const;
};

// Each answers nothing when the text is not such a value.
std::optional<Duration> parse_duration(std::string_view text);   // 500ms 30s 5m 1h 30d 2w
std::optional<std::uint64_t> parse_size(std::string_view text);  // 1024 512kb 10mb 1gb 1tb, by 1024
std::optional<Rate> parse_rate(std::string_view text);           // 100/1m
std::optional<Cron> parse_cron(std::string_view text);           // 0 3 *
std::optional<SocketAddress> parse_socket_address(std::string_view text);

// The shortest text that parses back to the value.
std::string format_duration(Duration value);
std::string format_size(std::uint64_t value);
std::string format_rate(const Rate& value);
std::string format_cron(const Cron& value);

}  // namespace gannet::config
