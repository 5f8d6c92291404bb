// Types smtp and lmtp: AUTH and RCPT (RFC 4954, RFC 5321, RFC 2033).
#include "directory/remote/session.h"
#include "net/connect.h"
#include "net/tls.h"
#include "smtp/client.h"

namespace gannet::directory::remote {
namespace {

using ClientPtr = std::unique_ptr<smtp::Client>;

// RFC 5321 3.8: the server closes the connection, after too many errors or commands, say.
constexpr std::uint16_t kClosing = 421;

// What is no opinion about an address: policy, trouble, or an answer to something else.
enum class Opinion : std::uint8_t { kYes, kNo, kNone };

Opinion opinion_of_rcpt(const smtp::Reply& reply) {
  if (reply.code >= 200 && reply.code < 300) return Opinion::kYes;
  if (!reply.permanent()) return Opinion::kNone;
  // RFC 3463 3.3: the mailbox is there, if full or switched off. 3.2: there is no such address; but 5.1.4 is of one that
  // is ambiguous, 5.1.5 of a valid one, and 5.1.7 and 5.1.8 are of the sender's.
  if (reply.enhanced.present()) {
    if (reply.enhanced.subject == 2) return Opinion::kYes;
    const auto detail = reply.enhanced.detail;
    const bool of_address = detail <= 3 || detail == 6 || detail == 10;
    return (reply.enhanced.subject == 1 && of_address) ||
                   (reply.enhanced.subject == 6 && reply.enhanced.detail == 7)
               ? Opinion::kNo
               : Opinion::kNone;
  }
  return reply.code == 550 || reply.code == 551 || reply.code == 553 ? Opinion::kNo : Opinion::kNone;
}

class SmtpSession final : public Session {
 public:
  SmtpSession(net::BlockingCalls& calls, const SessionOptions& options, ClientPtr client)
      : calls_(calls), options_(options), client_(std::move(client)) {}

  // The connection ends where it lives.
  ~SmtpSession() override {
    calls_.run<int>([this] { return run_end(std::move(client_), !lost_); });
  }

  Result<Answer> log_in(const std::string& login, const std::string& password) override {
    const auto& offered = client_->extensions().mechanisms;
    if (offered.empty()) {
      done_ = true;
      return cannot_say("it does not offer AUTH");
    }
    const auto& connection = client_->connection();
    if (!may_send_password(options_, connection.is_tls(), connection.peer().ip.is_loopback())) {
      done_ = true;
      return std::unexpected(no_clear_password(options_));
    }
    const auto reply = calls_.run<Result<smtp::Reply>>([&] { return client_->login(login, password); });
    if (!reply) return broken(reply.error());
    const std::string words = reply->to_string();
    if (reply->code == 235) {
      done_ = true;
      return Answer{true, words};
    }
    if (reply->code == 535) {
      if (++auth_errors_ >= options_.auth_errors) done_ = true;
      return Answer{false, words};
    }
    done_ = true;
    return cannot_say(words, reply->code == kClosing);
  }

  Result<Answer> takes_mail_for(const std::string& address) override {
    const auto asked = calls_.run<Result<smtp::Asked>>([&] { return client_->ask_recipient(address); });
    if (!asked) return broken(asked.error());
    if (++recipients_ >= options_.recipients) done_ = true;
    const std::string words = asked->reply.to_string();
    const Opinion opinion = asked->of_rcpt ? opinion_of_rcpt(asked->reply) : Opinion::kNone;
    if (opinion == Opinion::kNone) {
      done_ = true;
      return cannot_say(words, asked->reply.code == kClosing);
    }
    return Answer{opinion == Opinion::kYes, words};
  }

  bool works() override {
    const auto reply = calls_.run<Result<smtp::Reply>>([&] { return client_->noop(options_.check_timeout); });
    if (!reply) (void)broken(reply.error());
    return reply && reply->positive();
  }

 private:
  net::BlockingCalls& calls_;
  const SessionOptions options_;
  ClientPtr client_;
  std::size_t recipients_ = 0, auth_errors_ = 0;
};

std::unexpected<Error> refused(const smtp::Reply& reply) {
  return fail(smtp::SmtpError::kProtocol, "it said: " + reply.to_string(), Retry::kCanHelp);
}

net::Task<Result<ClientPtr>> run_open(SessionOptions options) {
  net::ConnectOptions connecting;
  connecting.timeout = options.create_timeout;
  connecting.server_name = options.host;
  if (options.implicit_tls) connecting.tls = options.tls;
  const bool v6 = options.host.contains(':');
  auto connection = CO_TRY(co_await net::connect(
      (v6 ? "[" + options.host + "]" : options.host) + ":" + std::to_string(options.port), connecting));
  const smtp::ClientTimeouts timeouts{.greeting = options.create_timeout,
                                      .hello = options.create_timeout,
                                      .mail = options.timeout,
                                      .rcpt = options.timeout,
                                      .data = options.timeout};
  auto client = std::make_unique<smtp::Client>(
      std::move(connection), options.kind == Kind::kLmtp ? smtp::Protocol::kLmtp : smtp::Protocol::kSmtp,
      timeouts);
  auto greeted = CO_TRY(co_await client->greet(options.hello));
  if (!greeted.positive()) co_return refused(greeted);
  if (!options.implicit_tls && client->extensions().starttls) {
    const bool here = client->connection().peer().ip.is_loopback();
    auto started =
        CO_TRY(co_await client->start_tls(here ? options.loopback_tls : options.tls, options.host));
    if (!started.positive()) co_return refused(started);
  }
  co_return client;
}

}  // namespace

Result<std::unique_ptr<Session>> open_smtp(net::BlockingCalls& calls, const SessionOptions& options) {
  auto client = TRY(calls.run<Result<ClientPtr>>([&] { return run_open(options); }));
  return std::make_unique<SmtpSession>(calls, options, std::move(client));
}

}  // namespace gannet::directory::remote
