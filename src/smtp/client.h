// The client's side of SMTP and LMTP: hands messages to another server.
//
//   Client client(std::move(connection), Protocol::kSmtp);
//   auto greeted = co_await client.greet("mx.example.org");
//   auto replies = co_await client.send(outgoing);   // one for each recipient
//   co_await client.quit();
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "net/connection.h"
#include "net/task.h"
#include "smtp/command.h"
#include "smtp/errors.h"
#include "smtp/reply.h"
#include "smtp/session_handler.h"

namespace gannet::smtp {

// What the other server said it can do.
struct Extensions {
  bool pipelining = false;
  bool eight_bit = false;
  bool utf8 = false;
  bool dsn = false;
  bool starttls = false;
  bool enhanced_codes = false;
  std::uint64_t size = 0;  // 0: not said
  std::vector<std::string> mechanisms;
};

// RFC 5321 4.5.3.2: how long to wait for each answer.
struct ClientTimeouts {
  Duration greeting = std::chrono::minutes(5);
  Duration hello = std::chrono::minutes(5);
  Duration mail = std::chrono::minutes(5);
  Duration rcpt = std::chrono::minutes(5);
  Duration data = std::chrono::minutes(10);
};

struct Outgoing {
  std::string sender;  // empty: the null path
  std::vector<std::string> recipients;
  std::string_view message;  // CRLF line ends; outlives the call
  bool utf8 = false;         // SMTPUTF8
  bool eight_bit = false;    // BODY=8BITMIME
  Ret ret = Ret::kUnset;
  std::string envelope_id;
};

// What came of ask_recipient().
struct Asked {
  Reply reply;
  bool of_rcpt = false;  // else MAIL was refused already
};

// On the connection's loop. Errors are NetError, and kProtocol when the other side does not speak SMTP; then
// the connection can only be dropped. What a server refuses is a Reply, not an error.
class Client {
 public:
  Client(std::unique_ptr<net::Connection> connection, Protocol protocol, ClientTimeouts timeouts = {});

  // Reads the greeting and says EHLO (HELO where that is not known) or LHLO. The reply that decided.
  net::Task<Result<Reply>> greet(std::string hello);
  // STARTTLS, then EHLO again; what was offered before is forgotten.
  net::Task<Result<Reply>> start_tls(std::shared_ptr<const net::ClientTls> tls, std::string server_name);
  // AUTH PLAIN, or LOGIN where only that is offered; only under TLS or on loopback should a caller do so. A
  // login that failed may be followed by another. Neither text holds a NUL.
  net::Task<Result<Reply>> login(std::string login, std::string password);
  // Whether the server takes mail for an address: a transaction that is given up after RCPT (RFC 5321 3.3,
  // 4.1.1.5). Its answer to RCPT, or to MAIL where it refuses that.
  net::Task<Result<Asked>> ask_recipient(std::string address);
  // NOOP: whether it still answers.
  net::Task<Result<Reply>> noop(Duration timeout);
  // One message. A reply for each recipient: its refusal, or what the message itself was answered.
  net::Task<Result<std::vector<Reply>>> send(Outgoing outgoing);
  net::Task<void> quit();
  // QUIT, without waiting for its answer.
  net::Task<void> leave();
  const net::Connection& connection() const { return *connection_; }

  const Extensions& extensions() const { return extensions_; }

 private:
  net::Task<Result<Reply>> read_reply(Duration timeout);
  net::Task<Result<Reply>> ask(std::string line, Duration timeout);
  net::Task<Result<Reply>> say_hello();
  net::Task<Result<>> send_message(std::string_view message);
  void read_extensions(const Reply& reply);
  std::string mail_line(const Outgoing& outgoing) const;

  std::unique_ptr<net::Connection> connection_;
  Protocol protocol_;
  ClientTimeouts timeouts_;
  Extensions extensions_;
  std::string hello_;
};

// The text of a message as it goes over the wire after DATA: dots stuffed, closed by a dot on its own line
// (RFC 5321 4.5.2).
std::string stuff_dots(std::string_view message);

}  // namespace gannet::smtp
