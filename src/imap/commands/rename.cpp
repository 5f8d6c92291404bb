#include "imap/commands/commands.h"
#include "imap/mailbox_name.h"

namespace gannet::imap {

// RFC 9051 6.3.6
ParsedTask parse_rename(Arguments arguments) {
  auto& in = arguments.in;
  TRY(in.space());
  auto from = TRY(parse_mailbox(in));
  TRY(in.space());
  auto to = TRY(parse_mailbox(in));
  TRY(in.end());
  if (to.size() > 1 && to.back() == kDelimiter) to.pop_back();
  return make_task(
      [from = std::move(from), to = std::move(to)](Session& session, std::string&) -> Result<Reply> {
        TRY(session.accounts().rename_mailbox(session.account, from, to));
        return ok("RENAME completed");
      });
}

}  // namespace gannet::imap
