#include "imap/commands/commands.h"
#include "imap/response/writer.h"

namespace gannet::imap {

std::string capabilities(const Session& session) {
  std::string list = "IMAP4rev1 LITERAL+ SASL-IR ID IDLE";
  if (session.state == State::kNotAuthenticated) {
    if (session.can_start_tls && !session.tls) list += " STARTTLS";  // RFC 9051 11.1
    for (const auto& mechanism : session.mechanisms()) list += " AUTH=" + mechanism;
    if (!session.may_log_in()) list += " LOGINDISABLED";
    return list;
  }
  list +=
      " NAMESPACE CHILDREN SPECIAL-USE CREATE-SPECIAL-USE LIST-EXTENDED LIST-STATUS STATUS=SIZE UIDPLUS MOVE "
      "UNSELECT APPENDLIMIT=";
  append_number(list, session.settings().max_message_size);
  return list;
}

// RFC 9051 6.1.1
ParsedTask parse_capability(Arguments arguments) {
  TRY(arguments.in.end());
  return make_task(
      [](Session& session, std::string& out) {
        out += "* CAPABILITY " + capabilities(session) + "\r\n";
        return ok("CAPABILITY completed");
      },
      Updates::kNone);
}

}  // namespace gannet::imap
