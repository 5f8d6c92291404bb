// Internal: the state of one session and its commands, each in its file under commands/.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "net/connection.h"
#include "smtp/command.h"
#include "smtp/session_handler.h"

namespace gannet::smtp {

// Arguments that are views lie in the command line, which run() keeps until the command has ended.
class ServerSession {
 public:
  ServerSession(std::unique_ptr<net::Connection> connection, Protocol protocol,
                std::unique_ptr<SessionHandler> handler, const Clock& clock);
  net::Task<void> run();

 private:
  // The transaction in progress (RFC 5321 3.3).
  struct Transaction {
    bool open = false;  // MAIL was accepted
    Body body = Body::k7Bit;
    std::uint64_t expected_size = 0;  // SIZE=, as far as memory may be set aside for it
    std::uint32_t recipients = 0;     // accepted
    std::uint32_t refused = 0;
    bool chunked = false;  // BDAT has begun
    std::string chunks;    // what BDAT has brought so far
    LineChecker checker{UINT64_MAX};
    MessageShare share;  // of the memory for messages
  };

  net::Task<bool> greet();
  net::Task<void> run_command(std::string_view line);
  // The next command; nothing when the session is to end.
  net::Task<std::optional<std::string>> read_command();

  // commands/*.cpp
  net::Task<void> hello(Verb verb, std::string_view arguments);
  net::Task<void> start_tls(std::string_view arguments);
  net::Task<void> auth(std::string_view arguments);
  net::Task<void> mail(std::string_view arguments);
  net::Task<void> rcpt(std::string_view arguments);
  net::Task<void> data(std::string_view arguments);
  net::Task<void> bdat(std::string_view arguments);
  net::Task<void> verify(Verb verb, std::string_view arguments);
  void rset(std::string_view arguments);
  void noop();
  void help();
  void quit(std::string_view arguments);

  // Queues a reply; one that closes ends the session after it.
  void send(const Reply& reply);
  // A command that is unknown, malformed or out of order: counted, and too many end the session.
  void send_error(const Reply& reply);
  // The connection broke or the deadline passed: says so where there is somebody to hear it.
  void end(const Error& error);
  // Gives the whole message to the handler and sends its replies.
  net::Task<void> deliver(std::string message);
  // Takes `size` octets of a BDAT chunk; drops them unless `keep`. False when the connection broke.
  net::Task<bool> take_chunk(std::uint64_t size, bool keep);
  // Sends "334 prompt" and reads the answer, decoded; nothing when the exchange ended, which was answered.
  net::Task<std::optional<std::string>> challenge(std::string_view prompt);
  net::Task<void> finish_auth(AuthStep step);
  void reset_transaction();
  void set_deadline();
  bool transfer_exceeded();

  const SessionOptions& options() const { return handler_->options(); }

  std::unique_ptr<net::Connection> connection_;
  std::unique_ptr<SessionHandler> handler_;
  SessionInfo info_;
  Transaction transaction_;
  const Clock& clock_;
  SteadyTime end_;  // session.duration
  std::uint32_t messages_ = 0;
  std::uint32_t errors_ = 0;
  std::uint32_t auth_errors_ = 0;
  std::uint32_t rcpt_errors_ = 0;
  bool closing_ = false;
};

}  // namespace gannet::smtp
