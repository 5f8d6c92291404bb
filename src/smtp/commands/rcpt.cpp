// RCPT (RFC 5321 4.1.1.3)
#include <utility>

#include "smtp/server_session.h"

namespace gannet::smtp {

net::Task<void> ServerSession::rcpt(std::string_view arguments) {
  if (!transaction_.open) co_return send_error({503, {5, 5, 1}, "Say MAIL first"});
  if (transaction_.chunked) co_return send_error({503, {5, 5, 1}, "The message has already begun"});
  if (transaction_.recipients >= options().max_recipients)
    // RFC 5321 4.5.3.1.10
    co_return send({452, {4, 5, 3}, "Too many recipients: send the rest in another transaction"});
  Parameters allowed;
  allowed.dsn = options().dsn;
  auto parsed = parse_rcpt(arguments, allowed);
  if (!parsed) co_return send_error(parsed.error());

  Reply reply = co_await handler_->rcpt(&info_, std::move(*parsed));
  if (reply.positive()) {
    ++transaction_.recipients;
    co_return send(reply);
  }
  ++transaction_.refused;
  // Who searches for addresses is slowed down and sent away. A client that speaks LMTP is one of ours.
  if (!reply.permanent() || info_.protocol == Protocol::kLmtp) co_return send(reply);
  if (++rcpt_errors_ > 1)
    if (auto paused = co_await connection_->pause(options().rcpt_errors_wait); !paused)
      co_return end(paused.error());
  send(reply);
  if (rcpt_errors_ >= options().rcpt_errors)
    send(closing({421, {4, 7, 0}, "Too many unknown recipients: closing the connection"}));
}

}  // namespace gannet::smtp
