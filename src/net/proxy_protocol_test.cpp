#include "net/proxy_protocol.h"

#include <gtest/gtest.h>

namespace gannet::net {
namespace {

using State = ProxyHeader::State;

std::string v2(std::string_view command_family, std::string_view body) {
  std::string out("\r\n\r\n\0\r\nQUIT\n", 12);
  out += command_family;
  out += static_cast<char>(body.size() >> 8);
  out += static_cast<char>(body.size() & 0xff);
  out += body;
  return out;
}

const std::string kTcp4("\x21\x11", 2);
const std::string kAddresses4("\xc0\0\x02\x01\xc6\x33\x64\x02\x30\x39\0\x19", 12);

TEST(ProxyHeader, Version1) {
  std::string in = "PROXY TCP4 192.0.2.1 198.51.100.2 12345 25\r\n";
  auto header = parse_proxy_header(in + "EHLO");
  ASSERT_EQ(header.state, State::kDone);
  EXPECT_EQ(header.size, in.size());
  EXPECT_EQ(header.source->to_string(), "192.0.2.1:12345");
  EXPECT_EQ(header.destination->to_string(), "198.51.100.2:25");
  header = parse_proxy_header("PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\n");
  EXPECT_EQ(header.source->to_string(), "[2001:db8::1]:1");
  for (auto unknown : {"PROXY UNKNOWN\r\n", "PROXY UNKNOWN ffff:f::1 ffff::2 65535 65535\r\n"}) {
    header = parse_proxy_header(unknown);
    EXPECT_EQ(header.state, State::kDone);
    EXPECT_FALSE(header.source);
  }
}

TEST(ProxyHeader, Version1Refused) {
  for (auto bad :
       {"PROXY TCP4 192.0.2.1 198.51.100.2 12345\r\n", "PROXY TCP4 192.0.2.1 198.51.100.2 12345 65536\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 012 25\r\n", "PROXY TCP4 ::1 ::2 12345 25\r\n",
        "PROXY TCP6 192.0.2.1 198.51.100.2 12345 25\r\n", "PROXY TCP4  192.0.2.1 198.51.100.2 1 2\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 1 2 \r\n", "PROXY UDP4 192.0.2.1 198.51.100.2 1 2\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 +1 2\r\n", "EHLO there\r\n", "proxy TCP4"}) {
    EXPECT_EQ(parse_proxy_header(bad).state, State::kInvalid) << bad;
  }
  EXPECT_EQ(parse_proxy_header("PROXY UNKNOWN " + std::string(200, 'x')).state, State::kInvalid);
}

TEST(ProxyHeader, Version2) {
  auto in = v2(kTcp4, kAddresses4 + std::string("\x04\0\x02hi", 5));
  auto header = parse_proxy_header(in + "\x16\x03");
  ASSERT_EQ(header.state, State::kDone);
  EXPECT_EQ(header.size, in.size());
  EXPECT_EQ(header.source->to_string(), "192.0.2.1:12345");
  EXPECT_EQ(header.destination->to_string(), "198.51.100.2:25");
  std::string six(36, '\0');
  six[15] = 1;
  six[31] = 2;
  six[33] = 7;
  EXPECT_EQ(parse_proxy_header(v2("\x21\x21", six)).source->to_string(), "[::1]:7");
  EXPECT_FALSE(parse_proxy_header(v2("\x20\x11", kAddresses4)).source)
      << "LOCAL: the proxy's own health check";
  EXPECT_FALSE(parse_proxy_header(v2(std::string("\x21\0", 2), "")).source) << "AF_UNSPEC";
}

TEST(ProxyHeader, Version2Refused) {
  EXPECT_EQ(parse_proxy_header(v2("\x31\x11", kAddresses4)).state, State::kInvalid) << "version 3";
  EXPECT_EQ(parse_proxy_header(v2("\x22\x11", kAddresses4)).state, State::kInvalid) << "command 2";
  EXPECT_EQ(parse_proxy_header(v2(kTcp4, "short")).state, State::kInvalid);
  EXPECT_EQ(parse_proxy_header(v2(kTcp4, std::string(5000, 'x'))).state, State::kInvalid) << "too long";
}

TEST(ProxyHeader, NeedsMoreAtEveryPrefix) {
  for (const auto& in :
       {std::string("PROXY TCP4 192.0.2.1 198.51.100.2 12345 25\r\n"), v2(kTcp4, kAddresses4)}) {
    for (std::size_t size = 0; size < in.size(); ++size) {
      EXPECT_EQ(parse_proxy_header(in.substr(0, size)).state, State::kNeedMore) << size;
    }
  }
}

}  // namespace
}  // namespace gannet::net
