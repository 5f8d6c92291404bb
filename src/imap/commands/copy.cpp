#include "imap/commands/copy.h"

#include "imap/mailbox_name.h"
#include "imap/response/writer.h"

namespace gannet::imap {
namespace {

struct CopyCommand {
  SequenceSet set;
  std::string path;
  bool move = false;
  bool uid = false;
};

// RFC 4315 3
std::string copy_uid(const mailbox::CopyOutcome& outcome) {
  std::string code = "COPYUID ";
  append_number(code, outcome.uid_validity);
  code += ' ';
  append_number_set(code, outcome.from);
  code += ' ';
  append_number_set(code, outcome.to);
  return code;
}

Result<Reply> copy(Session& session, const CopyCommand& command, std::string& out) {
  const auto& selected = *session.selected;
  const std::string name = command.move ? "MOVE" : "COPY";
  if (command.move && selected.read_only)
    return no("The mailbox is open for reading only (EXAMINE)", "READ-ONLY");
  const auto ranges = TRY(message_ranges(selected, command.set, command.uid));
  std::vector<mailbox::Uid> uids;
  mailbox::MailboxId target = 0;
  {
    const auto view = TRY(session.accounts().view(session.account));
    const auto lock = view->lock();
    const auto* mailbox = view->find_mailbox(command.path);
    if (mailbox == nullptr) return no("There is no such mailbox; CREATE it first", "TRYCREATE");
    target = mailbox->id;
    uids = present_uids(*view, selected, ranges);
  }
  // RFC 2180 4.4.1: all or nothing where the client names messages that are gone and it does not know.
  if (!command.uid && uids.size() != count_messages(selected, ranges)) {
    return no("Some of these messages are gone", "EXPUNGEISSUED");
  }
  if (uids.empty()) return ok(name + " completed, no messages");
  const auto outcome = TRY(
      command.move ? session.accounts().move(session.account, selected.mailbox, uids, target)
                   : session.accounts().copy(session.account, selected.mailbox, uids, target, session.quota));
  if (outcome.from.empty()) return ok(name + " completed, no messages");
  if (!command.move) return ok("COPY completed", copy_uid(outcome));
  // RFC 6851 4.3: COPYUID comes before the EXPUNGE responses, which the update at the command's end writes.
  out += "* OK [" + copy_uid(outcome) + "] Moved\r\n";
  return ok("MOVE completed");
}

}  // namespace

ParsedTask parse_copy_or_move(Arguments arguments, bool move) {
  auto& in = arguments.in;
  CopyCommand command;
  command.move = move;
  command.uid = arguments.uid;
  TRY(in.space());
  command.set = TRY(parse_sequence_set(in));
  TRY(in.space());
  command.path = TRY(parse_mailbox(in));
  TRY(in.end());
  return make_task([command = std::move(command)](Session& session, std::string& out) -> Result<Reply> {
    auto reply = copy(session, command, out);
    // The target went between the look and the copy.
    if (!reply && reply.error().is(mailbox::MailboxError::kNotFound))
      return no(reply.error().text(), "TRYCREATE");
    return reply;
  });
}

ParsedTask parse_copy(Arguments arguments) {
  return parse_copy_or_move(arguments, false);
}

}  // namespace gannet::imap
