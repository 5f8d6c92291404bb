#include "imap/commands/commands.h"
#include "imap/mailbox_name.h"

namespace gannet::imap {

// RFC 9051 6.3.7. A subscription is a property of a mailbox, so only one that exists can have it.
ParsedTask parse_subscribe(Arguments arguments) {
  TRY(arguments.in.space());
  auto path = TRY(parse_mailbox(arguments.in));
  TRY(arguments.in.end());
  return make_task([path = std::move(path)](Session& session, std::string&) -> Result<Reply> {
    TRY(session.accounts().set_subscribed(session.account, path, true));
    return ok("SUBSCRIBE completed");
  });
}

}  // namespace gannet::imap
