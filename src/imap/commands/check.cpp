#include "imap/commands/commands.h"

namespace gannet::imap {

// RFC 9051 6.1.2, RFC 3501 6.4.1: nothing but the updates of the selected mailbox.
ParsedTask parse_check(Arguments arguments) {
  TRY(arguments.in.end());
  return make_task([](Session&, std::string&) { return ok("CHECK completed"); });
}

}  // namespace gannet::imap
