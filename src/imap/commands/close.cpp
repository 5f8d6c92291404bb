#include "imap/commands/commands.h"

namespace gannet::imap {

// RFC 9051 6.4.1: removes what is \Deleted, without telling, and leaves the mailbox.
ParsedTask parse_close(Arguments arguments) {
  TRY(arguments.in.end());
  return make_task(
      [](Session& session, std::string&) -> Result<Reply> {
        const auto selected = std::move(session.selected);
        session.state = State::kAuthenticated;
        if (selected->read_only) return ok("CLOSE completed");
        const auto removed = session.accounts().expunge(session.account, selected->mailbox, std::nullopt);
        // Another session may have deleted the mailbox; then it is closed all the same.
        if (!removed && !removed.error().is(mailbox::MailboxError::kNotFound))
          return std::unexpected(removed.error());
        return ok("CLOSE completed");
      },
      Updates::kNone);
}

}  // namespace gannet::imap
