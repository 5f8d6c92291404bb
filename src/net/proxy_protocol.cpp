#include "net/proxy_protocol.h"

#include <algorithm>
#include <charconv>

namespace gannet::net {
namespace {

using State = ProxyHeader::State;

constexpr std::string_view kSignature2("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::string_view kSignature1 = "PROXY ";
constexpr std::size_t kMaxLine1 = 107;  // section 2.1, CRLF included

bool starts_alike(std::string_view a, std::string_view b) {
  auto size = std::min(a.size(), b.size());
  return a.substr(0, size) == b.substr(0, size);
}

std::string_view take_word(std::string_view& line) {
  auto space = line.find(' ');
  auto word = line.substr(0, space);
  line.remove_prefix(space == std::string_view::npos ? line.size() : space + 1);
  return word;
}

// Section 2.1: decimal, no leading zeros, 0 to 65535.
std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return port;
}

std::optional<IpAddress> address_of(std::string_view text, bool v4) {
  bool looks_v4 = text.find(':') == std::string_view::npos;
  return looks_v4 == v4 && !text.starts_with('[') ? IpAddress::parse(text) : std::nullopt;
}

ProxyHeader parse_1(std::string_view in) {
  auto end = in.substr(0, kMaxLine1).find("\r\n");
  if (end == std::string_view::npos)
    return {.state = in.size() < kMaxLine1 ? State::kNeedMore : State::kInvalid};
  ProxyHeader header{.state = State::kInvalid, .size = end + 2};
  auto line = in.substr(kSignature1.size(), end - kSignature1.size());
  auto family = take_word(line);
  if (family == "UNKNOWN") {
    header.state = State::kDone;
    return header;
  }
  if (family != "TCP4" && family != "TCP6") return header;
  bool v4 = family == "TCP4";
  auto source = address_of(take_word(line), v4);
  auto destination = address_of(take_word(line), v4);
  auto source_port = port_of(take_word(line));
  auto destination_port = port_of(line);
  if (!source || !destination || !source_port || !destination_port) return header;
  header.source = Endpoint{*source, *source_port};
  header.destination = Endpoint{*destination, *destination_port};
  header.state = State::kDone;
  return header;
}

unsigned u8(std::string_view in, std::size_t at) {
  return static_cast<unsigned char>(in[at]);
}

std::uint16_t u16(std::string_view in, std::size_t at) {
  return static_cast<std::uint16_t>(u8(in, at) << 8 | u8(in, at + 1));
}

ProxyHeader parse_2(std::string_view in) {
  if (in.size() < 16) return {};
  unsigned version = u8(in, 12) >> 4;
  unsigned command = u8(in, 12) & 0xf;
  unsigned family = u8(in, 13) >> 4;
  unsigned transport = u8(in, 13) & 0xf;
  ProxyHeader header{.state = State::kInvalid, .size = 16u + u16(in, 14)};
  if (version != 2 || command > 1 || header.size > kMaxProxyHeader) return header;
  if (in.size() < header.size) return {};
  auto body = in.substr(16, header.size - 16);
  header.state = State::kDone;
  // Section 2.2: LOCAL, and families that the receiver does not know, leave the real ends as they are.
  if (command == 0 || transport != 1 || (family != 1 && family != 2)) return header;
  std::size_t length = family == 1 ? 4 : 16;
  if (body.size() < 2 * length + 4) {
    header.state = State::kInvalid;
    return header;
  }
  header.source = Endpoint{*IpAddress::from_bytes(body.substr(0, length)), u16(body, 2 * length)};
  header.destination =
      Endpoint{*IpAddress::from_bytes(body.substr(length, length)), u16(body, 2 * length + 2)};
  return header;
}

}  // namespace

ProxyHeader parse_proxy_header(std::string_view in) {
  if (starts_alike(in, kSignature2)) return in.size() < kSignature2.size() ? ProxyHeader{} : parse_2(in);
  if (starts_alike(in, kSignature1)) return in.size() < kSignature1.size() ? ProxyHeader{} : parse_1(in);
  return {.state = State::kInvalid};
}

}  // namespace gannet::net
