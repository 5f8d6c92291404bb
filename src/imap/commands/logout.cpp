#include "imap/commands/commands.h"

namespace gannet::imap {

// RFC 9051 6.1.3
ParsedTask parse_logout(Arguments arguments) {
  TRY(arguments.in.end());
  return make_task(
      [](Session& session, std::string& out) {
        out += "* BYE Logging out\r\n";
        session.state = State::kLogout;
        session.selected.reset();
        return ok("LOGOUT completed");
      },
      Updates::kNone);
}

}  // namespace gannet::imap
