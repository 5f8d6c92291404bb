#include "imap/commands/select.h"

#include "imap/mailbox_name.h"
#include "imap/response/flag_lists.h"
#include "imap/response/writer.h"

namespace gannet::imap {
namespace {

// The responses that RFC 9051 6.3.2 and RFC 3501 6.3.1 ask for, those before RECENT and those after it. A lock
// is held.
void append_before_recent(std::string& out, const mailbox::AccountView& view, const Selected& selected) {
  out += "* FLAGS " + all_flags(view, false) + "\r\n* OK [PERMANENTFLAGS ";
  out += selected.read_only ? "()] No flags can be changed\r\n* "
                            : all_flags(view, true) + "] Flags and keywords\r\n* ";
  append_number(out, selected.uids.size());
  out += " EXISTS\r\n";
}

void append_after_recent(std::string& out, const mailbox::AccountView& view, const mailbox::Mailbox& mailbox,
                         const Selected& selected) {
  if (const auto unseen = selected.uids.sequence(view.first_unseen(mailbox.id)); unseen != 0) {
    out += "* OK [UNSEEN ";
    append_number(out, unseen);
    out += "] First unseen message\r\n";
  }
  out += "* OK [UIDVALIDITY ";
  append_number(out, mailbox.uid_validity);
  out += "] UIDs valid\r\n* OK [UIDNEXT ";
  append_number(out, mailbox.uid_next);
  out += "] Predicted next UID\r\n";
}

Result<Reply> select(Session& session, const std::string& path, bool read_only, std::string& out) {
  session.selected.reset();
  session.state = State::kAuthenticated;
  auto selected = std::make_unique<Selected>();
  std::string rest;
  {
    const auto view = TRY(session.accounts().view(session.account));
    const auto lock = view->lock();
    const auto* mailbox = view->find_mailbox(path);
    if (mailbox == nullptr) return no("There is no such mailbox", "NONEXISTENT");
    selected->mailbox = mailbox->id;
    selected->read_only = read_only;
    selected->uid_validity = mailbox->uid_validity;
    selected->told = mailbox->highest_modseq;
    selected->uids.assign(view->uids(mailbox->id));
    while (!view->keyword_name(selected->keywords_told).empty()) ++selected->keywords_told;
    append_before_recent(out, *view, *selected);
    append_after_recent(rest, *view, *mailbox, *selected);
  }
  if (const auto last = selected->uids.last(); last != 0)
    find_recent(session.accounts(), session.account, *selected, 1, last);
  out += "* ";
  append_number(out, selected->recent.count(selected->uids));
  out += " RECENT\r\n" + rest;
  session.selected = std::move(selected);
  session.state = State::kSelected;
  return read_only ? ok("EXAMINE completed", "READ-ONLY") : ok("SELECT completed", "READ-WRITE");
}

}  // namespace

ParsedTask parse_select_or_examine(Arguments arguments, bool read_only) {
  TRY(arguments.in.space());
  auto path = TRY(parse_mailbox(arguments.in));
  TRY(arguments.in.end());
  return make_task([path = std::move(path), read_only](
                       Session& session, std::string& out) { return select(session, path, read_only, out); },
                   Updates::kNone);
}

ParsedTask parse_select(Arguments arguments) {
  return parse_select_or_examine(arguments, false);
}

}  // namespace gannet::imap
