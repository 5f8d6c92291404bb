// The policy behind an SMTP or LMTP session: the wire asks, mta/ answers. The wire knows the order of
// commands, syntax, framing and limits; whom to believe, who exists and where a message goes is the
// handler's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/ip.h"
#include "net/task.h"
#include "net/tls.h"
#include "smtp/command.h"
#include "smtp/data_reader.h"
#include "smtp/message_memory.h"
#include "smtp/reply.h"

namespace gannet::smtp {

enum class Protocol : std::uint8_t { kSmtp, kLmtp };

// What the wire has learned of a session.
struct SessionInfo {
  std::uint64_t id = 0;  // the connection's number, for logs
  Protocol protocol = Protocol::kSmtp;
  std::string listener;
  Endpoint peer;
  Endpoint local;
  std::optional<net::TlsInfo> tls;
  std::string hello;      // what the client called itself; empty before EHLO, HELO or LHLO
  bool extended = false;  // EHLO or LHLO
  std::string authenticated_as;
  // While AUTH is going on: what SCRAM-SHA-256-PLUS may bind to.
  std::vector<std::pair<std::string, std::string>> channel_bindings;
};

// What a session offers and bears; `session.*` settings name each. The handler may change it whenever it is
// asked something.
struct SessionOptions {
  std::string hostname = "localhost";
  std::string greeting;  // after "220 "; empty: "<hostname> ESMTP ready", LMTP for LMTP

  // session.extensions.*, and what follows from the state of the session
  bool pipelining = true;
  bool chunking = true;  // with it BINARYMIME
  bool dsn = true;
  bool vrfy = false;
  bool expn = false;
  std::vector<std::string> mechanisms;  // session.auth.mechanisms in upper case; empty: AUTH is not offered

  Duration timeout = std::chrono::minutes(5);    // session.timeout: for a command or a part of a message
  Duration duration = std::chrono::minutes(10);  // session.duration: for the whole session
  std::uint64_t transfer_limit = 262'144'000;    // session.transfer-limit: octets received
  std::size_t max_command_line = 4096;           // octets without CRLF; RFC 5321 4.5.3.1.4 asks for 512
  std::uint32_t max_messages = 10;               // session.data.limits.messages
  std::uint32_t max_recipients = 100;            // session.rcpt.max-recipients, for a message
  DataLimits data;                               // session.data.limits.*
  std::shared_ptr<MessageMemory> memory;         // session.data.limits.memory; null: no limit
  bool require_hello = true;                     // session.ehlo.require
  std::uint32_t max_errors = 20;                 // commands that are unknown, malformed or out of order
  std::size_t max_auth_line = 12'288;            // authentication.max-response; RFC 4954 4 asks for 12288
  std::uint32_t auth_errors = 3;                 // session.auth.errors.total
  Duration auth_errors_wait = std::chrono::seconds(5);
  std::uint32_t rcpt_errors = 5;  // session.rcpt.errors.total
  Duration rcpt_errors_wait = std::chrono::seconds(5);
};

// Where an AUTH exchange stands (RFC 4954 4).
struct AuthStep {
  std::optional<std::string> challenge;  // to send; the exchange goes on
  Reply reply;                           // else it has ended: 235, 501, 535 5.7.8, 454 4.7.0
  std::string identity;                  // set with 235: who it is
};

// One for a session; used on the session's loop only. `session` outlives the awaited call.
class SessionHandler {
 public:
  virtual ~SessionHandler() = default;

  virtual const SessionOptions& options() const = 0;

  // Before the greeting. Positive: the greeting is sent; its text, if any, takes the place of
  // options().greeting. Negative (421, 554): sent instead, and the session ends.
  virtual net::Task<Reply> connect(const SessionInfo* session) = 0;
  // After EHLO, HELO or LHLO, `session->hello` is set. The text of a positive reply greets the client.
  virtual net::Task<Reply> hello(const SessionInfo* session) = 0;
  // TLS has begun; what was learned before it is forgotten (RFC 3207 4.2).
  virtual net::Task<void> tls_started(const SessionInfo* session) = 0;
  // `mechanism` is one of options().mechanisms; `initial` is decoded, nothing when there is none.
  virtual net::Task<AuthStep> auth_start(const SessionInfo* session, std::string mechanism,
                                         std::optional<std::string> initial) = 0;
  // The answer to the last challenge, decoded.
  virtual net::Task<AuthStep> auth_next(const SessionInfo* session, std::string response) = 0;
  // `session->authenticated_as` is set.
  virtual net::Task<void> authenticated(const SessionInfo* session) = 0;
  virtual net::Task<Reply> mail(const SessionInfo* session, MailArguments mail) = 0;
  virtual net::Task<Reply> rcpt(const SessionInfo* session, RcptArguments rcpt) = 0;
  // The whole message, CRLF line ends (any octets after BODY=BINARYMIME). SMTP: one reply. LMTP: one for each
  // accepted RCPT in their order (RFC 2033 4.2). The transaction is over.
  virtual net::Task<std::vector<Reply>> data(const SessionInfo* session, std::string message) = 0;
  virtual net::Task<Reply> verify(const SessionInfo* session, std::string text) = 0;
  virtual net::Task<Reply> expand(const SessionInfo* session, std::string list) = 0;
  // The transaction, if there was one, is dropped: RSET, a new EHLO, an error in the message.
  virtual void reset() = 0;
};

using HandlerFactory = std::function<std::unique_ptr<SessionHandler>()>;

}  // namespace gannet::smtp
