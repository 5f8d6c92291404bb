#include "imap/commands/commands.h"

namespace gannet::imap {

// RFC 9051 6.4.3; UID EXPUNGE, with a set: 6.4.9. The EXPUNGE responses come with the update at the command's
// end.
ParsedTask parse_expunge(Arguments arguments) {
  auto& in = arguments.in;
  std::optional<SequenceSet> set;
  if (arguments.uid) {
    TRY(in.space());
    set = TRY(parse_sequence_set(in));
  }
  TRY(in.end());
  return make_task([set = std::move(set)](Session& session, std::string&) -> Result<Reply> {
    const auto& selected = *session.selected;
    if (selected.read_only) return no("The mailbox is open for reading only (EXAMINE)", "READ-ONLY");
    std::optional<std::vector<mailbox::Uid>> uids;
    if (set) {
      const auto ranges = TRY(message_ranges(selected, *set, true));
      const auto view = TRY(session.accounts().view(session.account));
      const auto lock = view->lock();
      uids = present_uids(*view, selected, ranges);
    }
    if (!uids) {
      TRY(session.accounts().expunge(session.account, selected.mailbox, std::nullopt));
    } else if (!uids->empty()) {
      TRY(session.accounts().expunge(session.account, selected.mailbox,
                                     std::span<const mailbox::Uid>(*uids)));
    }
    return ok("EXPUNGE completed");
  });
}

}  // namespace gannet::imap
