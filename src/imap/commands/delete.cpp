#include "base/unicode.h"
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
    const auto deleted = session.accounts().delete_mailbox(session.account, path);
    // RFC 9051 7.1: RFC 3501 6.3.4 would let it become \Noselect; Gannet has no mailbox of that kind.
    if (!deleted && deleted.error().is(mailbox::MailboxError::kDenied) &&
        !equal_ignoring_ascii_case(path, "INBOX"))
      return no(deleted.error().text(), "HASCHILDREN");
    TRY(deleted);
    return ok("DELETE completed");
  });
}

}  // namespace gannet::imap
