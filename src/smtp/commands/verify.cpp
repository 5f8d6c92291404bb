// VRFY and EXPN (RFC 5321 3.5, 4.1.1.6, 4.1.1.7)
#include "smtp/server_session.h"

namespace gannet::smtp {

net::Task<void> ServerSession::verify(Verb verb, std::string_view arguments) {
  const bool expand = verb == Verb::kExpn;
  if (arguments.empty())
    co_return send_error({501, {5, 5, 4}, expand ? "Syntax: EXPN list" : "Syntax: VRFY user"});
  // RFC 6531 3.7.4.2: these two may carry SMTPUTF8 as a parameter.
  if (!expand && !options().vrfy)
    // RFC 5321 3.5.3, 7.3: a server that tells nobody says so with 252.
    co_return send({252, {2, 5, 2}, "Send the message and it will be seen"});
  if (expand && !options().expn) co_return send({502, {5, 7, 0}, "EXPN is not offered here"});
  if (expand) {
    send(co_await handler_->expand(&info_, std::string(arguments)));
  } else {
    send(co_await handler_->verify(&info_, std::string(arguments)));
  }
}

}  // namespace gannet::smtp
