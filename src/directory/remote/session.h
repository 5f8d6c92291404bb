// One connection to a mail server that knows who exists: types imap, smtp and lmtp.
//
//   | after                         | the connection                                             |
//   |-------------------------------|------------------------------------------------------------|
//   | a login that was right        | is done: no protocol logs in twice (RFC 4954 4, RFC 9051 6)|
//   | a login that was wrong        | goes on, up to `auth_errors` of them                       |
//   | a recipient                   | goes on, up to `recipients` of them                        |
//   | an error                      | is broken                                                  |
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "net/blocking.h"

namespace gannet::net {
class ClientTls;
}

namespace gannet::directory::remote {

enum class Kind : std::uint8_t { kImap, kSmtp, kLmtp };

struct SessionOptions {
  Kind kind = Kind::kImap;
  std::string host;
  std::uint16_t port = 0;
  std::shared_ptr<const net::ClientTls> tls;           // never null
  std::shared_ptr<const net::ClientTls> loopback_tls;  // for STARTTLS on this host: takes any certificate
  bool implicit_tls = false;     // TLS from the start; else STARTTLS where it is offered
  bool clear_passwords = false;  // without any TLS, to more than a loopback address: the settings say so
  std::string hello;             // this host's name, for EHLO and LHLO
  Duration create_timeout{30'000};
  Duration timeout{30'000};  // for each answer
  Duration check_timeout{30'000};
  std::size_t recipients = 10;
  std::size_t auth_errors = 3;
};

// What the server answered to one question.
struct Answer {
  bool yes = false;
  std::string words;  // its own, for a trace
};

// Blocking, one thread at a time.
class Session {
 public:
  virtual ~Session() = default;
  Session() = default;
  Session(const Session&) = delete;

  // Neither text holds CR, LF or NUL. Errors are kUnavailable: whatever is no clear yes or no.
  virtual Result<Answer> log_in(const std::string& login, const std::string& password) = 0;
  // A normalised address. kUnavailable from IMAP, which cannot say.
  virtual Result<Answer> takes_mail_for(const std::string& address) = 0;
  // Whether it still answers.
  virtual bool works() = 0;

  // It must not be used again.
  bool done() const { return done_; }
  // The last error was one of the connection alone: the server had closed it, or did so in place of an answer.
  bool lost() const { return lost_; }

 protected:
  std::unexpected<Error> broken(const Error& error);
  // The server's refusal to answer now. `closing`: it ends the connection with it.
  std::unexpected<Error> cannot_say(const std::string& words, bool closing = false);

  bool done_ = false;
  bool lost_ = false;
};

// `calls` outlives the session. kUnavailable, naming the server.
Result<std::unique_ptr<Session>> open_session(net::BlockingCalls& calls, const SessionOptions& options);

// "imap server mail.example.org:993"
std::string server_name(const SessionOptions& options);

// Of open_session().
Result<std::unique_ptr<Session>> open_imap(net::BlockingCalls& calls, const SessionOptions& options);
Result<std::unique_ptr<Session>> open_smtp(net::BlockingCalls& calls, const SessionOptions& options);

// The end of a session's client, on the loop where it lives. `politely`: its leave() comes first.
template <typename ClientPtr>
net::Task<int> run_end(ClientPtr client, bool politely) {
  if (politely) co_await client->leave();
  client.reset();  // before anybody hears that it is: the frame would keep it for a moment more
  co_return 0;
}

// What STARTTLS and the addresses of the connection allow.
bool may_send_password(const SessionOptions& options, bool is_tls, bool is_loopback);
Error no_clear_password(const SessionOptions& options);

}  // namespace gannet::directory::remote
