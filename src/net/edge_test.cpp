#include "net/edge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <future>
#include <thread>

#include "base/assert.h"
#include "net/testing/server.h"

namespace gannet::net {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::loopback_listener;
using testing::Peer;
using testing::Server;

Task<void> run_who(std::unique_ptr<Connection> connection) {
  for (;;) {
    auto line = co_await connection->read_line(1000);
    if (!line) break;
    co_await connection->write(connection->peer().to_string() + " to " + connection->local().to_string() +
                               " " + line->text + "\r\n");
  }
  co_await connection->close();
}

Protocol who() {
  Protocol protocol;
  protocol.name = "who";
  protocol.run_session = run_who;
  protocol.refusal = "421 4.3.2 Too many connections\r\n";
  return protocol;
}

template <typename F>
void eventually(F condition) {
  auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    ASSERT_LT(std::chrono::steady_clock::now(), end);
    std::this_thread::yield();
  }
}

TEST(Listener, NamesTheSettingWhenItsPortIsTaken) {
  Server server(who());
  auto taken = loopback_listener("smtp");
  taken.bind = {server.endpoint()};
  auto result = server.edge.listen(taken, who());
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().is(NetError::kListen));
  EXPECT_THAT(result.error().text(),
              AllOf(HasSubstr("server.listener.smtp.bind"), HasSubstr(taken.bind.front().to_string()),
                    HasSubstr("Address already in use"), HasSubstr("another port")));
}

TEST(Listener, TakesBothFamiliesAndShowsIpv4AsItself) {
  auto listener = loopback_listener();
  listener.bind = {*Endpoint::parse("[::]:0")};
  Server server(who(), listener);
  auto port = server.endpoint().port;
  auto v4 = Peer::connect({*IpAddress::parse("127.0.0.1"), port});
  EXPECT_THAT(v4.ask("x"), HasSubstr("127.0.0.1:" + std::to_string(port) + " x"));
  EXPECT_THAT(v4.ask("x"), ::testing::StartsWith("127.0.0.1:"));
}

TEST(Limits, TurnAwayWithTheProtocolsOwnWords) {
  auto listener = loopback_listener();
  listener.max_connections = 2;
  Server server(who(), listener);
  auto a = server.connect();
  auto b = server.connect();
  a.ask("x");
  b.ask("x");
  auto c = server.connect();
  EXPECT_EQ(c.read_line(), "421 4.3.2 Too many connections");
  EXPECT_EQ(c.read_line(), "<eof>");
  EXPECT_EQ(server.edge.stats().refused, 1u);
  a.close();
  eventually([&] { return server.edge.stats().connections < 2; });
  auto d = server.connect();
  EXPECT_THAT(d.ask("again"), HasSubstr("again"));
}

TEST(Limits, CountAllListenersTogether) {
  Server server(who(), loopback_listener(), {.max_connections = 1});
  auto a = server.connect();
  a.ask("x");
  EXPECT_EQ(server.connect().read_line(), "421 4.3.2 Too many connections");
}

TEST(Limits, CountEachAddressBehindTheProxy) {
  auto listener = loopback_listener();
  listener.max_per_address = 1;
  listener.trusted_proxies = {*IpNetwork::parse("127.0.0.0/8")};
  Server server(who(), listener);
  auto connect_as = [&](const std::string& address) {
    auto peer = server.connect();
    peer.send("PROXY TCP4 " + address + " 198.51.100.1 4000 25\r\nhi\r\n");
    return peer;
  };
  auto a = connect_as("192.0.2.1");
  EXPECT_EQ(a.read_line(), "192.0.2.1:4000 to 198.51.100.1:25 hi");
  auto b = connect_as("192.0.2.1");
  EXPECT_EQ(b.read_line(), "421 4.3.2 Too many connections");
  auto c = connect_as("192.0.2.2");
  EXPECT_EQ(c.read_line(), "192.0.2.2:4000 to 198.51.100.1:25 hi");
}

TEST(Proxy, GivesTheClientsAddressAlsoBeforeTls) {
  auto listener = loopback_listener();
  listener.trusted_proxies = {*IpNetwork::parse("127.0.0.1")};
  listener.tls.implicit = true;
  Server server(who(), listener);
  auto peer = server.connect();
  const std::string header("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x09\xc6\x33\x64\x01\x12\x34\0\x19",
                           28);
  // In two pieces, the second of which is followed at once by the ClientHello.
  peer.send(header.substr(0, 13));
  peer.send(header.substr(13));
  peer.start_tls();
  EXPECT_EQ(peer.ask("hi"), "192.0.2.9:4660 to 198.51.100.1:25 hi");
}

TEST(Proxy, IsRequiredFromTrustedNetworksAndIgnoredFromOthers) {
  auto listener = loopback_listener();
  listener.trusted_proxies = {*IpNetwork::parse("127.0.0.1")};
  Server trusting(who(), listener);
  auto liar = trusting.connect();
  liar.send("EHLO there\r\n");
  EXPECT_EQ(liar.read_all(), "");
  eventually([&] { return trusting.edge.stats().proxy_errors == 1; });

  listener.trusted_proxies = {*IpNetwork::parse("10.0.0.0/8")};
  Server careful(who(), listener);
  auto peer = careful.connect();
  EXPECT_THAT(peer.ask("PROXY TCP4 192.0.2.1 198.51.100.1 4000 25"), ::testing::StartsWith("127.0.0.1:"));
}

TEST(Proxy, HasATimeLimit) {
  auto listener = loopback_listener();
  listener.trusted_proxies = {*IpNetwork::parse("127.0.0.1")};
  listener.proxy_timeout = std::chrono::milliseconds(50);
  Server server(who(), listener);
  auto peer = server.connect();
  peer.send("PROXY TCP4 ");
  EXPECT_EQ(peer.read_all(), "");
}

TEST(Accept, GoesOnAfterDescriptorsRanOut) {
  Server server(who());
  auto first = server.connect();
  first.ask("x");
  auto waiting = server.connect();
  waiting.ask("x");
  // A client that is connected, and waits in the backlog since the server has no descriptor for it.
  rlimit before;
  ::getrlimit(RLIMIT_NOFILE, &before);
  UniqueFd probe(::dup(0));
  UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  rlimit none = before;
  none.rlim_cur = static_cast<rlim_t>(client.get()) + 1;
  ::setrlimit(RLIMIT_NOFILE, &none);
  std::vector<UniqueFd> rest;
  for (int fd; (fd = ::dup(0)) >= 0;) rest.emplace_back(fd);
  sockaddr_storage address;
  auto size = server.endpoint().to_sockaddr(address);
  ASSERT_EQ(::connect(client.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  eventually([&] { return server.edge.stats().accept_errors > 0; });
  ::setrlimit(RLIMIT_NOFILE, &before);
  rest.clear();
  Peer peer(std::move(client));
  EXPECT_THAT(peer.ask("late"), HasSubstr("late"));
}

TEST(Adopt, MakesASessionOfAnySocket) {
  Server server(who());
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  ASSERT_TRUE(server.edge.adopt(pair[0], "test", *Endpoint::parse("192.0.2.5:99")));
  Peer peer{UniqueFd(pair[1])};
  EXPECT_THAT(peer.ask("local"), ::testing::StartsWith("192.0.2.5:99 to "));
}

Task<void> run_throw(std::unique_ptr<Connection> connection) {
  co_await connection->read_line(10);
  throw std::runtime_error("out of cheese");
}

TEST(Session, AnExceptionEndsItAlone) {
  auto before = bug_count();
  Protocol protocol;
  protocol.name = "throw";
  protocol.run_session = run_throw;
  Server server(protocol);
  auto bystander = server.connect();
  auto peer = server.connect();
  peer.send("x\r\n");
  EXPECT_EQ(peer.read_all(), "");
  eventually([&] { return bug_count() == before + 1; });
  eventually([&] { return server.edge.stats().connections == 1; });
}

}  // namespace
}  // namespace gannet::net
