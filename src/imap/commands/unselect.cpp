#include "imap/commands/commands.h"

namespace gannet::imap {

// RFC 9051 6.4.2: leaves the mailbox and removes nothing.
ParsedTask parse_unselect(Arguments arguments) {
  TRY(arguments.in.end());
  return make_task(
      [](Session& session, std::string&) {
        session.selected.reset();
        session.state = State::kAuthenticated;
        return ok("UNSELECT completed");
      },
      Updates::kNone);
}

}  // namespace gannet::imap
