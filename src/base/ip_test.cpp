#include "base/ip.h"

#include <gtest/gtest.h>

namespace gannet {
namespace {

TEST(IpAddress, ReadsAndWritesBothFamilies) {
  EXPECT_EQ(IpAddress::parse("192.0.2.1")->to_string(), "192.0.2.1");
  EXPECT_EQ(IpAddress::parse("2001:DB8:0:0::1")->to_string(), "2001:db8::1");
  EXPECT_EQ(IpAddress::parse("[::1]")->to_string(), "::1");
  for (auto bad : {"", "192.0.2", "192.0.2.256", "[192.0.2.1]", "fe80::1%eth0", "example.org", "1.2.3.4 "}) {
    EXPECT_FALSE(IpAddress::parse(bad)) << bad;
  }
}

TEST(IpAddress, MappedIsTheSamePeerAsIpv4) {
  EXPECT_EQ(IpAddress::parse("::ffff:192.0.2.1"), IpAddress::parse("192.0.2.1"));
  EXPECT_EQ(IpAddress::parse("::ffff:192.0.2.1")->bytes().size(), 4u);
  EXPECT_TRUE(IpAddress::parse("127.9.9.9")->is_loopback());
  EXPECT_TRUE(IpAddress::parse("::1")->is_loopback());
  EXPECT_FALSE(IpAddress::parse("::")->is_loopback());
  EXPECT_TRUE(IpAddress::parse("0.0.0.0")->is_unspecified());
}

TEST(Endpoint, NeedsBracketsAroundIpv6) {
  EXPECT_EQ(Endpoint::parse("[::]:25")->to_string(), "[::]:25");
  EXPECT_EQ(Endpoint::parse("127.0.0.1:2525")->port, 2525);
  for (auto bad : {"::1:25", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "[::1]", ":25"}) {
    EXPECT_FALSE(Endpoint::parse(bad)) << bad;
  }
}

TEST(Endpoint, SurvivesTheSocketForm) {
  for (auto text : {"192.0.2.7:143", "[2001:db8::7]:993"}) {
    sockaddr_storage storage;
    auto endpoint = *Endpoint::parse(text);
    endpoint.to_sockaddr(storage);
    EXPECT_EQ(Endpoint::from_sockaddr(storage), endpoint);
    endpoint.to_sockaddr(storage, true);
    EXPECT_EQ(Endpoint::from_sockaddr(storage), endpoint);
  }
}

TEST(IpNetwork, ContainsByPrefix) {
  auto in = [](const char* network, const char* address) {
    return IpNetwork::parse(network)->contains(*IpAddress::parse(address));
  };
  EXPECT_TRUE(in("192.0.2.77/24", "192.0.2.255"));
  EXPECT_FALSE(in("192.0.2.0/25", "192.0.2.128"));
  EXPECT_TRUE(in("0.0.0.0/0", "8.8.8.8"));
  EXPECT_FALSE(in("::/0", "8.8.8.8"));
  EXPECT_TRUE(in("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(in("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_TRUE(in("10.0.0.1", "::ffff:10.0.0.1"));
  EXPECT_EQ(IpNetwork::parse("192.0.2.77/24")->to_string(), "192.0.2.0/24");
  for (auto bad : {"", "/8", "10.0.0.0/33", "10.0.0.0/", "::/129", "10.0.0.0/a"})
    EXPECT_FALSE(IpNetwork::parse(bad)) << bad;
}

}  // namespace
}  // namespace gannet
