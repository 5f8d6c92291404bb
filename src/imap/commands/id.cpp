#include "base/unicode.h"
#include "imap/commands/commands.h"
#include "imap/response/writer.h"
#include "observe/log.h"

namespace gannet::imap {

// RFC 2971 3.1: NIL or up to 30 pairs; logged, since it tells an operator which client a person has.
ParsedTask parse_id(Arguments arguments) {
  auto& in = arguments.in;
  TRY(in.space());
  std::string client;
  if (!in.skip_word("NIL")) {
    TRY(in.expect('(', "NIL or a list in parentheses"));
    for (int pairs = 0; !in.skip(')'); ++pairs) {
      if (pairs == 30) return fail(ImapError::kSyntax, "ID takes at most 30 pairs (RFC 2971 3.3)");
      if (pairs > 0) TRY(in.space());
      const auto name = TRY(in.string("the name of an ID field"));
      TRY(in.space());
      if (in.skip_word("NIL")) continue;
      const auto value = TRY(in.string("NIL or the value of an ID field"));
      if (equal_ignoring_ascii_case(name, "name") || equal_ignoring_ascii_case(name, "version")) {
        if (!client.empty()) client += ' ';
        client += value.substr(0, 200);
      }
    }
  }
  TRY(in.end());
  return make_task(
      [client = std::move(client)](Session& session, std::string& out) {
        if (!client.empty()) {
          observe::debug("imap.client-id",
                         {{"login", session.login}, {"remote-ip", session.remote_ip}, {"client", client}});
        }
        out += "* ID (\"name\" ";
        append_string(out, session.settings().server_name);
        if (!session.settings().server_version.empty()) {
          out += " \"version\" ";
          append_string(out, session.settings().server_version);
        }
        out += ")\r\n";
        return ok("ID completed");
      },
      Updates::kNone);
}

}  // namespace gannet::imap
