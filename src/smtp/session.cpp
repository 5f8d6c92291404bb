#include "smtp/session.h"

#include <algorithm>
#include <utility>

#include "base/unicode.h"
#include "observe/log.h"
#include "smtp/server_session.h"

namespace gannet::smtp {

net::Task<void> run_session(std::unique_ptr<net::Connection> connection, Protocol protocol,
                            std::unique_ptr<SessionHandler> handler, const Clock* clock) {
  ServerSession session(std::move(connection), protocol, std::move(handler), *clock);
  co_await session.run();
}

ServerSession::ServerSession(std::unique_ptr<net::Connection> connection, Protocol protocol,
                             std::unique_ptr<SessionHandler> handler, const Clock& clock)
    : connection_(std::move(connection)), handler_(std::move(handler)), clock_(clock) {
  info_.id = connection_->id();
  info_.protocol = protocol;
  info_.listener = connection_->listener().id;
  info_.peer = connection_->peer();
  info_.local = connection_->local();
  if (connection_->is_tls()) info_.tls = connection_->tls_info();
}

net::Task<void> ServerSession::run() {
  end_ = clock_.steady() + options().duration;
  if (co_await greet()) {
    while (!closing_) {
      const auto line = co_await read_command();
      if (!line) break;
      co_await run_command(*line);
    }
  }
  co_await connection_->close();
}

net::Task<bool> ServerSession::greet() {
  set_deadline();
  Reply reply = co_await handler_->connect(&info_);
  if (!reply.positive()) {
    send(closing(std::move(reply)));
    co_return false;
  }
  end_ = clock_.steady() + options().duration;
  if (reply.text.empty()) reply.text = options().greeting;
  if (reply.text.empty())
    reply.text = options().hostname + (info_.protocol == Protocol::kLmtp ? " LMTP ready" : " ESMTP ready");
  send({220, {}, reply.text});
  co_return !closing_;
}

net::Task<std::optional<std::string>> ServerSession::read_command() {
  while (true) {
    set_deadline();
    auto read = co_await connection_->read_line(options().max_command_line);
    if (!read && read.error().is(net::NetError::kTooLong)) {
      // RFC 5321 4.5.3.1.10
      send_error({500, {5, 5, 2}, "The line is too long"});
    } else if (!read) {
      end(read.error());
      co_return std::nullopt;
    } else if (transfer_exceeded()) {
      co_return std::nullopt;
    } else if (read->bare) {
      send_error({500, {5, 5, 2}, "A command must end with CRLF and hold no other CR or LF"});
    } else {
      co_return std::move(read->text);
    }
    if (closing_) co_return std::nullopt;
  }
}

net::Task<void> ServerSession::run_command(std::string_view line) {
  const CommandLine command = split_command(line);
  // RFC 5321 4.1.4, RFC 2033 4.1: LMTP has LHLO in the place of EHLO and HELO.
  const bool lmtp = info_.protocol == Protocol::kLmtp;
  switch (command.verb) {
    case Verb::kEhlo:
    case Verb::kHelo:
    case Verb::kLhlo:
      if (lmtp != (command.verb == Verb::kLhlo)) break;
      co_return co_await hello(command.verb, command.arguments);
    case Verb::kStartTls:
      co_return co_await start_tls(command.arguments);
    case Verb::kAuth:
      co_return co_await auth(command.arguments);
    case Verb::kMail:
      co_return co_await mail(command.arguments);
    case Verb::kRcpt:
      co_return co_await rcpt(command.arguments);
    case Verb::kData:
      co_return co_await data(command.arguments);
    case Verb::kBdat:
      co_return co_await bdat(command.arguments);
    case Verb::kVrfy:
    case Verb::kExpn:
      co_return co_await verify(command.verb, command.arguments);
    case Verb::kRset:
      co_return rset(command.arguments);
    case Verb::kNoop:
      co_return noop();
    case Verb::kHelp:
      co_return help();
    case Verb::kQuit:
      co_return quit(command.arguments);
    case Verb::kUnknown:
      break;
  }
  send_error({500, {5, 5, 1}, lmtp ? "Command not known in LMTP" : "Command not known"});
}

void ServerSession::send(const Reply& reply) {
  if (closing_) return;
  std::string out;
  append_reply(out, reply);
  if (!connection_->queue(out) || reply.close) closing_ = true;
}

void ServerSession::send_error(const Reply& reply) {
  send(reply);
  if (++errors_ < options().max_errors || closing_) return;
  observe::info("smtp.too-many-errors", {{"session", info_.id}, {"remote-ip", info_.peer.ip.to_string()}});
  send(closing({421, {4, 7, 0}, "Too many errors: closing the connection"}));
}

void ServerSession::end(const Error& error) {
  // Nobody is there to be told, or nothing can be said any more.
  connection_->set_deadline(std::chrono::seconds(5));
  if (error.is(net::NetError::kTimeout)) {
    const bool over = clock_.steady() >= end_;
    send(closing({421, {4, 4, 2}, over ? "The session has lasted too long" : "Timeout: nothing was sent"}));
  } else if (error.is(net::NetError::kShutdown)) {
    send(closing({421, {4, 3, 2}, options().hostname + " is shutting down"}));
  }
  closing_ = true;
}

void ServerSession::set_deadline() {
  const auto left = std::max<Duration>(end_ - clock_.steady(), Duration::zero());
  connection_->set_deadline(std::min(options().timeout, left));
}

bool ServerSession::transfer_exceeded() {
  if (connection_->bytes_read() <= options().transfer_limit) return false;
  send(closing({421, {4, 7, 0}, "The session has sent as much as it may"}));
  return true;
}

void ServerSession::reset_transaction() {
  transaction_ = Transaction();
  handler_->reset();
}

}  // namespace gannet::smtp
