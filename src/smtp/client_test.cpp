#include "smtp/client.h"

#include <gtest/gtest.h>

#include <functional>
#include <future>

#include "net/connect.h"
#include "net/task_group.h"
#include "net/testing/server.h"
#include "smtp/session.h"
#include "smtp/testing/memory_handler.h"

namespace gannet::smtp {
namespace {

using testing::MemoryMail;

class ClientTest : public ::testing::Test {
 protected:
  void serve(Protocol protocol) {
    protocol_ = protocol;
    mail_->options.hostname = "mx.demo.test";
    mail_->options.rcpt_errors_wait = Duration(1);
    net::Protocol out;
    out.name = "smtp";
    out.run_session = [kept = mail_, protocol](std::unique_ptr<net::Connection> connection) {
      static const SystemClock clock;
      return run_session(std::move(connection), protocol, std::make_unique<testing::MemoryHandler>(kept),
                         &clock);
    };
    server_ = std::make_unique<net::testing::Server>(std::move(out));
  }

  static net::Task<void> run_client(Endpoint to, Protocol protocol, bool tls, Outgoing outgoing,
                                    std::promise<Result<std::vector<Reply>>>* done) {
    auto connection = co_await net::connect(to, net::ConnectOptions());
    if (!connection) co_return done->set_value(std::unexpected(connection.error()));
    Client client(std::move(*connection), protocol);
    auto greeted = co_await client.greet("client.test");
    if (!greeted) co_return done->set_value(std::unexpected(greeted.error()));
    if (tls) {
      net::ClientTlsOptions options;
      options.verify = false;
      auto started = co_await client.start_tls(net::ClientTls::create(options).value(), "mx.demo.test");
      if (!started) co_return done->set_value(std::unexpected(started.error()));
    }
    auto replies = co_await client.send(std::move(outgoing));
    co_await client.quit();
    done->set_value(std::move(replies));
  }

  std::vector<Reply> send(Outgoing outgoing, bool tls = false) {
    std::promise<Result<std::vector<Reply>>> done;
    auto result = done.get_future();
    net::TaskGroup tasks(server_->runtime);
    tasks.spawn("client", [&] { return run_client(server_->endpoint(), protocol_, tls, outgoing, &done); });
    if (result.wait_for(std::chrono::seconds(10)) != std::future_status::ready) {
      ADD_FAILURE() << "the client did not end";
      return {};
    }
    auto replies = result.get();
    EXPECT_TRUE(replies) << replies.error().describe();
    tasks.join(std::chrono::seconds(10));
    return replies ? *replies : std::vector<Reply>();
  }

  Protocol protocol_ = Protocol::kSmtp;
  std::shared_ptr<MemoryMail> mail_ = std::make_shared<MemoryMail>();
  std::unique_ptr<net::testing::Server> server_;
};

TEST_F(ClientTest, HandsAMessageOver) {
  serve(Protocol::kSmtp);
  Outgoing outgoing;
  outgoing.sender = "carol@elsewhere.test";
  outgoing.recipients = {"alice@demo.test", "nobody@demo.test", "bob@demo.test"};
  outgoing.message = ".dot\r\n..\r\n.\r\ntext";
  const auto replies = send(outgoing, true);
  ASSERT_EQ(replies.size(), 3U);
  EXPECT_EQ(replies[0].to_string(), "250 2.0.0 Accepted");
  EXPECT_EQ(replies[1].to_string(), "550 5.1.1 Nobody");
  EXPECT_EQ(replies[2].to_string(), "250 2.0.0 Accepted");
  ASSERT_EQ(mail_->taken().size(), 1U);
  EXPECT_EQ(mail_->taken()[0].message, ".dot\r\n..\r\n.\r\ntext\r\n");
  EXPECT_EQ(mail_->taken()[0].sender, "carol@elsewhere.test");
  EXPECT_TRUE(mail_->taken()[0].tls);
}

TEST_F(ClientTest, HearsOfEachRecipientByLmtp) {
  serve(Protocol::kLmtp);
  Outgoing outgoing;
  outgoing.recipients = {"full@demo.test", "nobody@demo.test", "bob@demo.test"};
  outgoing.message = "text\r\n";
  const auto replies = send(outgoing);
  ASSERT_EQ(replies.size(), 3U);
  EXPECT_EQ(replies[0].to_string(), "452 4.2.2 Full");
  EXPECT_EQ(replies[1].to_string(), "550 5.1.1 Nobody");
  EXPECT_EQ(replies[2].to_string(), "250 2.1.5 Delivered");
}

TEST_F(ClientTest, SendsNothingWhenNobodyIsThere) {
  serve(Protocol::kSmtp);
  Outgoing outgoing;
  outgoing.recipients = {"nobody@demo.test"};
  outgoing.message = "text\r\n";
  EXPECT_EQ(send(outgoing).at(0).to_string(), "550 5.1.1 Nobody");
  EXPECT_TRUE(mail_->taken().empty());
}

}  // namespace
}  // namespace gannet::smtp
