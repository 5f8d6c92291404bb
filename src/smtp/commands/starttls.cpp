// STARTTLS (RFC 3207)
#include "observe/log.h"
#include "smtp/server_session.h"

namespace gannet::smtp {

net::Task<void> ServerSession::start_tls(std::string_view arguments) {
  if (!arguments.empty()) co_return send_error({501, {5, 5, 4}, "STARTTLS takes no argument"});
  if (info_.tls) co_return send_error({503, {5, 5, 1}, "TLS is already in use"});
  if (!connection_->can_start_tls()) co_return send_error({502, {5, 5, 1}, "STARTTLS is not offered here"});
  reset_transaction();
  send({220, {2, 0, 0}, "Go ahead"});
  set_deadline();
  // Sends the reply and forgets what came behind STARTTLS before the handshake (RFC 3207 4.2).
  auto started = co_await connection_->start_tls();
  if (!started) {
    observe::info(
        "smtp.tls-failed",
        {{"session", info_.id}, {"remote-ip", info_.peer.ip.to_string()}, {"reason", started.error()}});
    closing_ = true;
    co_return;
  }
  info_.tls = connection_->tls_info();
  info_.hello.clear();
  info_.extended = false;
  info_.authenticated_as.clear();
  co_await handler_->tls_started(&info_);
}

}  // namespace gannet::smtp
