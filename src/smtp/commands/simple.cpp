// RSET, NOOP, HELP, QUIT (RFC 5321 4.1.1.5, 4.1.1.8 to 4.1.1.10)
#include "smtp/server_session.h"

namespace gannet::smtp {

void ServerSession::rset(std::string_view arguments) {
  if (!arguments.empty()) return send_error({501, {5, 5, 4}, "RSET takes no argument"});
  reset_transaction();
  send({250, {2, 0, 0}, "Forgotten"});
}

void ServerSession::noop() {
  send({250, {2, 0, 0}, "OK"});
}

void ServerSession::help() {
  std::string commands = info_.protocol == Protocol::kLmtp ? "LHLO" : "EHLO HELO";
  commands += " STARTTLS AUTH MAIL RCPT DATA BDAT RSET NOOP VRFY EXPN HELP QUIT";
  send({214, {2, 0, 0}, "Commands: " + commands});
}

void ServerSession::quit(std::string_view arguments) {
  if (!arguments.empty()) return send_error({501, {5, 5, 4}, "QUIT takes no argument"});
  send(closing({221, {2, 0, 0}, options().hostname + " closes the connection"}));
}

}  // namespace gannet::smtp
