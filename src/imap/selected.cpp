#include "imap/selected.h"

#include <algorithm>
#include <iterator>

#include "imap/response/flag_lists.h"
#include "imap/response/writer.h"
#include "observe/log.h"

namespace gannet::imap {
namespace {

using mailbox::Uid;

std::vector<Uid> merged(const std::vector<Uid>& a, const std::vector<Uid>& b) {
  std::vector<Uid> all;
  all.reserve(a.size() + b.size());
  std::ranges::set_union(a, b, std::back_inserter(all));
  return all;
}

std::vector<Uid> every_uid(const UidMap& uids) {
  std::vector<Uid> all;
  for (std::uint32_t i = 1; i <= uids.size(); ++i) all.push_back(uids.uid(i));
  return all;
}

void tell_expunged(Selected& selected, std::string& out) {
  for (const auto sequence : selected.uids.remove(selected.vanished)) {
    out += "* ";
    append_number(out, sequence);
    out += " EXPUNGE\r\n";
  }
  selected.vanished = {};
}

bool is_shown(const std::vector<Shown>& shown, const mailbox::Entry& entry) {
  const auto at = std::ranges::lower_bound(shown, entry.uid, {}, &Shown::uid);
  return at != shown.end() && at->uid == entry.uid && at->modseq >= entry.modseq;
}

// EXISTS and RECENT for new messages; then FETCH for those whose flags changed.
void tell_changed(const mailbox::AccountView& view, const std::vector<mailbox::Entry>& changed,
                  Selected& selected, const SyncOptions& options, std::string& out) {
  const auto known = selected.uids.last();
  std::string fetches;
  FlagLists flags;
  for (const auto& entry : changed) {
    if (entry.uid > known) {
      selected.uids.append(entry.uid);
      continue;
    }
    const auto sequence = selected.uids.sequence(entry.uid);
    if (sequence == 0 || is_shown(options.shown, entry)) continue;
    fetches += "* ";
    append_number(fetches, sequence);
    fetches += " FETCH (";
    if (options.uid) {
      fetches += "UID ";
      append_number(fetches, entry.uid);
      fetches += ' ';
    }
    fetches += "FLAGS ";
    fetches += flags.of(view, entry.keywords, selected.recent.has(entry.uid));
    fetches += ")\r\n";
  }
  if (selected.uids.last() != known) {
    out += "* ";
    append_number(out, selected.uids.size());
    out += " EXISTS\r\n* ";
    append_number(out, selected.recent.count(selected.uids));
    out += " RECENT\r\n";
  }
  out += fetches;
}

}  // namespace

void announce_keywords(const mailbox::AccountView& view, Selected& selected, std::string& out) {
  if (view.keyword_name(selected.keywords_told).empty()) return;
  while (!view.keyword_name(selected.keywords_told).empty()) ++selected.keywords_told;
  out += "* FLAGS " + all_flags(view, false) + "\r\n";
  if (!selected.read_only) out += "* OK [PERMANENTFLAGS " + all_flags(view, true) + "] New keywords\r\n";
}

void find_recent(mailbox::Accounts& accounts, mailbox::AccountId account, Selected& selected, Uid first,
                 Uid last) {
  const auto recent = [&]() -> Result<Uid> {
    if (!selected.read_only) return accounts.take_recent(account, selected.mailbox, last + 1);
    return TRY(accounts.first_recent(account, std::span(&selected.mailbox, 1))).front();
  }();
  // No reason to keep anybody from their mail.
  if (!recent) observe::warn("imap.recent-failed", {{"account", account}, {"error", recent.error()}});
  const auto from = recent ? std::max(*recent, first) : first;
  if (from <= last) selected.recent.add(from, last);
}

Result<void> sync(mailbox::Accounts& accounts, mailbox::AccountId account, Selected& selected,
                  const SyncOptions& options, std::string& out) {
  const auto view = TRY(accounts.view(account));
  bool gone = false;
  bool changed = false;
  {
    const auto lock = view->lock();
    const auto* mailbox = view->find_mailbox(selected.mailbox);
    gone = mailbox == nullptr;
    changed = !gone && mailbox->highest_modseq > selected.told;
  }
  mailbox::MailboxChanges changes;
  if (gone) {
    selected.vanished = every_uid(selected.uids);
  } else if (changed) {
    changes = TRY(accounts.changes(account, selected.mailbox, selected.told));
    selected.vanished = merged(selected.vanished, changes.vanished);
  }
  if (options.expunge && !selected.vanished.empty()) tell_expunged(selected, out);
  if (!changed) return {};
  if (!changes.changed.empty() && changes.changed.back().uid > selected.uids.last()) {
    find_recent(accounts, account, selected, selected.uids.last() + 1, changes.changed.back().uid);
  }
  {
    const auto lock = view->lock();
    announce_keywords(*view, selected, out);
    tell_changed(*view, changes.changed, selected, options, out);
  }
  selected.told = std::max(selected.told, changes.modseq);
  return {};
}

}  // namespace gannet::imap
