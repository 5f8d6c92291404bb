// EHLO, HELO (RFC 5321 4.1.1.1), LHLO (RFC 2033 4.1)
#include "base/unicode.h"
#include "smtp/server_session.h"

namespace gannet::smtp {

net::Task<void> ServerSession::hello(Verb verb, std::string_view arguments) {
  auto name = parse_hello(arguments);
  if (!name) co_return send_error(name.error());
  SessionInfo asked = info_;
  asked.hello = std::move(*name);
  asked.extended = verb != Verb::kHelo;
  reset_transaction();
  Reply reply = co_await handler_->hello(&asked);
  if (!reply.positive()) co_return send_error(reply);
  info_ = std::move(asked);
  if (reply.text.empty()) reply.text = options().hostname;
  if (!info_.extended) co_return send({250, {}, std::move(reply.text)});

  const SessionOptions& offered = options();
  std::string& text = reply.text;
  if (offered.pipelining) text += "\nPIPELINING";
  text += "\nSIZE " + std::to_string(offered.data.size) + "\n8BITMIME\nSMTPUTF8\nENHANCEDSTATUSCODES";
  if (offered.chunking) text += "\nCHUNKING\nBINARYMIME";
  if (offered.dsn) text += "\nDSN";
  if (offered.vrfy) text += "\nVRFY";
  if (offered.expn) text += "\nEXPN";
  if (connection_->can_start_tls()) text += "\nSTARTTLS";
  if (!offered.mechanisms.empty() && info_.authenticated_as.empty()) {
    text += "\nAUTH";
    for (const std::string& mechanism : offered.mechanisms) text += " " + mechanism;
  }
  send({250, {}, std::move(text)});
}

}  // namespace gannet::smtp
