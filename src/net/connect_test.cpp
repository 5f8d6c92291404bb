#include "net/connect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <future>

#include "net/certificate_set.h"
#include "net/signals.h"
#include "net/task_group.h"
#include "net/testing/server.h"

namespace gannet::net {
namespace {

using testing::loopback_listener;
using testing::Server;

Task<void> run_echo(std::unique_ptr<Connection> connection) {
  for (;;) {
    auto line = co_await connection->read_line(1000);
    if (!line) co_return;
    if (!co_await connection->write("echo " + line->text + "\r\n")) co_return;
  }
}

Protocol echo() {
  Protocol protocol;
  protocol.name = "echo";
  protocol.run_session = run_echo;
  return protocol;
}

Task<void> run_client(std::string to, ConnectOptions options, std::promise<std::string>* answer) {
  auto connection = co_await connect(to, options);
  if (!connection) {
    answer->set_value(connection.error().describe());
    co_return;
  }
  co_await (*connection)->write("hello\r\n");
  auto line = co_await (*connection)->read_line(100);
  answer->set_value(line ? line->text + " " + (*connection)->tls_info().peer_subject
                         : line.error().describe());
}

std::string ask(Server& server, const std::string& to, const ConnectOptions& options) {
  std::promise<std::string> answer;
  TaskGroup tasks(server.runtime);
  tasks.spawn("client", [&] { return run_client(to, options, &answer); });
  return answer.get_future().get();
}

TEST(Connect, SpeaksPlainAndTls) {
  Server plain(echo());
  EXPECT_EQ(ask(plain, plain.endpoint().to_string(), {}), "echo hello ");
  EXPECT_EQ(ask(plain, "localhost:" + std::to_string(plain.endpoint().port), {}), "echo hello ");

  auto listener = loopback_listener();
  listener.tls.implicit = true;
  Server secure(echo(), listener);
  ConnectOptions options;
  options.tls = *ClientTls::create({.verify = false, .ca_file = "", .alpn = {}});
  EXPECT_EQ(ask(secure, secure.endpoint().to_string(), options), "echo hello CN=mail.example.org");
}

TEST(Connect, VerifiesChainAndName) {
  auto listener = loopback_listener();
  listener.tls.implicit = true;
  Server server(echo(), listener);
  auto made = *make_self_signed("mx.example.org", SystemClock().now());
  ASSERT_TRUE(server.certificates->load({{"mx", made.certificate, Secret(made.key), {}, true}}));
  auto ca = ::testing::TempDir() + "gannet-connect-ca.pem";
  std::ofstream(ca) << made.certificate;
  ConnectOptions options;
  options.tls = *ClientTls::create({.verify = true, .ca_file = ca, .alpn = {}});
  auto to = server.endpoint().to_string();
  options.server_name = "mx.example.org";
  EXPECT_EQ(ask(server, to, options), "echo hello CN=mx.example.org");
  options.server_name = "other.example.org";
  EXPECT_THAT(ask(server, to, options), ::testing::HasSubstr("certificate verify failed"));
  options.tls = *ClientTls::create({.verify = true, .ca_file = "", .alpn = {}});
  options.server_name = "mx.example.org";
  EXPECT_THAT(ask(server, to, options), ::testing::HasSubstr("certificate verify failed"));
}

TEST(Connect, SaysWhyItFailed) {
  Endpoint closed;
  {
    Server server(echo());
    closed = server.endpoint();
  }
  Server server(echo());
  EXPECT_EQ(ask(server, closed.to_string(), {}),
            "cannot connect to " + closed.to_string() + ": Connection refused");
  EXPECT_EQ(ask(server, "nowhere", {}), "\"nowhere\" is no host and port");
}

TEST(Signals, ComeToTheMainThreadAsValues) {
  Signals signals;
  EXPECT_FALSE(signals.wait(Duration(1)));
  ::kill(::getpid(), SIGHUP);
  EXPECT_EQ(signals.wait(std::chrono::seconds(10)), Signal::kReload);
  ::kill(::getpid(), SIGTERM);
  EXPECT_EQ(signals.wait(std::chrono::seconds(10)), Signal::kTerminate);
}

}  // namespace
}  // namespace gannet::net
