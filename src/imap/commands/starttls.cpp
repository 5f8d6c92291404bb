#include "imap/link.h"

namespace gannet::imap {

// RFC 9051 6.2.1: whatever came before the handshake is forgotten, in the input too.
net::Task<SpecialReply> run_starttls(Link* command, Scanner in, std::string tag) {
  Link& link = *command;
  auto& session = link.session;
  if (const auto end = in.end(); !end) co_return reply_to(end.error());
  if (session.tls) co_return bad("TLS is active already");
  if (!link.connection.can_start_tls()) co_return no("TLS is not available here", "CANNOT");
  std::string out;
  append_reply(out, tag, ok("Begin TLS negotiation now"));
  CO_TRY(link.connection.queue(out));
  CO_TRY(co_await link.connection.start_tls());
  session.tls = true;
  session.certificate_emails = link.connection.tls_info().peer_emails;
  co_return std::optional<Reply>();
}

}  // namespace gannet::imap
