#include "imap/commands/commands.h"

namespace gannet::imap {

// RFC 9051 6.3.10: one personal namespace; other people's and shared ones come with ACLs.
ParsedTask parse_namespace(Arguments arguments) {
  TRY(arguments.in.end());
  return make_task(
      [](Session&, std::string& out) {
        out += "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n";
        return ok("NAMESPACE completed");
      },
      Updates::kNone);
}

}  // namespace gannet::imap
