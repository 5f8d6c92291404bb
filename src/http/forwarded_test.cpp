#include "http/forwarded.h"

#include <gtest/gtest.h>

namespace gannet::http {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;
using Field = ForwardedOptions::Field;

constexpr auto* kProxy = "10.0.0.1";

std::string client(const Headers& headers, const std::vector<std::string>& trusted = {},
                   Field field = Field::kXForwardedFor, const std::string& peer = kProxy) {
  ForwardedOptions options{.use = true, .field = field, .trusted = {}};
  for (const auto& network : trusted) options.trusted.push_back(*IpNetwork::parse(network));
  return client_address(*IpAddress::parse(peer), options, headers).to_string();
}

std::string of(const std::string& x_forwarded_for, const std::vector<std::string>& trusted = {}) {
  return client({{"x-forwarded-for", x_forwarded_for}}, trusted);
}

std::string standard(const std::string& forwarded, const std::vector<std::string>& trusted = {}) {
  return client({{"forwarded", forwarded}}, trusted, Field::kForwarded);
}

TEST(Forwarded, WhatTheClientWroteItselfIsNotBelieved) {
  EXPECT_EQ(of("203.0.113.5"), "203.0.113.5");
  EXPECT_EQ(of("127.0.0.1, 203.0.113.6"), "203.0.113.6");
  EXPECT_EQ(of("198.51.100.9,203.0.113.7"), "203.0.113.7") << "the victim's address in front";
  EXPECT_EQ(client({{"x-forwarded-for", "198.51.100.9"}, {"x-forwarded-for", "203.0.113.7"}}), "203.0.113.7")
      << "a proxy that adds a field of its own";
  EXPECT_EQ(standard("for=127.0.0.1, for=203.0.113.8"), "203.0.113.8");
}

TEST(Forwarded, OurOwnProxiesAreSteppedOver) {
  const std::vector<std::string> ours = {"10.0.0.0/8", "192.0.2.1"};
  EXPECT_EQ(of("203.0.113.9, 203.0.113.6, 192.0.2.1, 10.9.9.9", ours), "203.0.113.6");
  EXPECT_EQ(of("10.1.1.1, 10.2.2.2", ours), "10.1.1.1") << "the proxies' own client is on our network";
  EXPECT_EQ(client({{"x-forwarded-for", "203.0.113.6"}}, ours, Field::kXForwardedFor, "203.0.113.66"),
            "203.0.113.66")
      << "no proxy of ours";
  EXPECT_EQ(of("203.0.113.6, 10.9.9.9"), "10.9.9.9") << "without a list nobody is known behind the peer";
}

TEST(Forwarded, WhatNamesNobodyLeavesTheNearestThatIsKnown) {
  for (const auto* text : {"", ",", "unknown", "_hidden", "203.0.113.5, unknown", "203.0.113.5, 1.2.3",
                           "203.0.113.5 203.0.113.6", "127.0.0.1", "::1", "127.0.0.1:99"})
    EXPECT_EQ(of(text), kProxy) << text;
  EXPECT_EQ(of("203.0.113.5, unknown, 192.0.2.1", {"10.0.0.0/8", "192.0.2.1"}), "192.0.2.1");
  EXPECT_EQ(client({}), kProxy);
  EXPECT_EQ(client({{"x-forwarded-for", "127.0.0.1"}}, {}, Field::kXForwardedFor, "127.0.0.1"), "127.0.0.1")
      << "a client on the proxy's own machine, which is this one";
}

TEST(Forwarded, OneFieldIsReadAndTheOtherIsTheClients) {
  const Headers both = {{"forwarded", "for=203.0.113.1"}, {"x-forwarded-for", "203.0.113.2"}};
  EXPECT_EQ(client(both), "203.0.113.2");
  EXPECT_EQ(client(both, {}, Field::kForwarded), "203.0.113.1");
}

TEST(Forwarded, PortsBracketsAndQuotes) {
  EXPECT_EQ(of("203.0.113.5:4711"), "203.0.113.5");
  EXPECT_EQ(of("2001:db8::1"), "2001:db8::1");
  EXPECT_EQ(of("[2001:db8::1]:4711"), "2001:db8::1");
  EXPECT_EQ(standard("for=192.0.2.60;proto=http;by=203.0.113.43"), "192.0.2.60");
  EXPECT_EQ(standard("proto=https; For = \"[2001:db8:cafe::17]:4711\""), "2001:db8:cafe::17");
  EXPECT_EQ(standard("for=203.0.113.1;host=\"a,for=203.0.113.2\""), "203.0.113.1");
  EXPECT_EQ(standard("for=203.0.113.1;host=\"a\\\",for=203.0.113.2\""), "203.0.113.1");
  EXPECT_EQ(standard("for=203.0.113.1, proto=https"), kProxy) << "the nearest proxy does not tell";
}

TEST(Forwarded, OffMeansThePeer) {
  EXPECT_EQ(client_address(*IpAddress::parse(kProxy), {}, {{"x-forwarded-for", "203.0.113.5"}}).to_string(),
            kProxy);
  EXPECT_FALSE(is_proxy(*IpAddress::parse(kProxy), {}));
}

}  // namespace
}  // namespace gannet::http
