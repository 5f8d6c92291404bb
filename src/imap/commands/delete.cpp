#include "imap/commands/commands.h"
#include "imap/mailbox_name.h"

namespace gannet::imap {

// RFC 9051 6.3.5. Deleting the selected mailbox leaves the session with an empty one until it selects
// another.
ParsedTask parse_delete(Arguments arguments) {
  TRY(arguments.in.space());
  auto path = TRY(parse_mailbox(arguments.in));
  TRY(arguments.in.end());
  return make_task([path = std::move(path)](Session& session, std::string&) -> Result<Reply> {
    TRY(session.accounts().delete_mailbox(session.account, path));
    return ok("DELETE completed");
  });
}

}  // namespace gannet::imap
