// MAIL (RFC 5321 4.1.1.2)
#include <algorithm>
#include <utility>

#include "smtp/server_session.h"

namespace gannet::smtp {

net::Task<void> ServerSession::mail(std::string_view arguments) {
  if (info_.hello.empty() && options().require_hello)
    co_return send_error(
        {503, {5, 5, 1}, info_.protocol == Protocol::kLmtp ? "Say LHLO first" : "Say EHLO or HELO first"});
  if (transaction_.open) co_return send_error({503, {5, 5, 1}, "A sender was already given: say RSET first"});
  if (messages_ >= options().max_messages)
    co_return send(closing({421, {4, 7, 0}, "Enough messages for one session: connect again for more"}));

  Parameters allowed;
  allowed.dsn = options().dsn;
  allowed.binary = options().chunking;
  auto parsed = parse_mail(arguments, allowed);
  if (!parsed) co_return send_error(parsed.error());
  // RFC 1870 6.1
  if (parsed->size.value_or(0) > options().data.size)
    co_return send({552,
                    {5, 3, 4},
                    "The message is larger than " + std::to_string(options().data.size) +
                        " octets, which is the limit here"});
  Transaction transaction;
  transaction.open = true;
  transaction.body = parsed->body;
  transaction.expected_size = std::min<std::uint64_t>(parsed->size.value_or(0), 1 << 20);
  Reply reply = co_await handler_->mail(&info_, std::move(*parsed));
  if (reply.positive()) transaction_ = std::move(transaction);
  send(reply);
}

}  // namespace gannet::smtp
