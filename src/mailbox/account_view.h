// What every protocol reads: an account's messages as columns, shared by all its sessions.
//
// A view is brought up to date by replaying the change log from the modseq that it has; so a change costs its
// own size. It is guarded by a shared mutex: read through AccountView::Lock, briefly, and never hold one
// while waiting for the network or calling Accounts.
#pragma once

#include <cstdint>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mailbox/types.h"

namespace gannet::mailbox {

// One message in one mailbox.
struct Entry {
  Uid uid = 0;
  DocumentId document = 0;
  Modseq modseq = 0;
  ThreadId thread = 0;
  std::uint64_t size = 0;
  WallTime received;
  WallTime saved;  // when it came into this mailbox (RFC 8514 SAVEDATE)
  KeywordSet keywords;
};

struct MailboxChanges {
  std::vector<Entry> changed;  // new messages and changed keywords, ascending UID
  std::vector<Uid> vanished;   // ascending
  bool complete =
      true;           // false: the change log was truncated; `vanished` then names every UID gone since ever
  Modseq modseq = 0;  // up to where this tells
};

class AccountView {
 public:
  virtual ~AccountView() = default;

  // Everything below needs a lock held by the caller; what is returned by reference lives as long as it.
  using Lock = std::shared_lock<std::shared_mutex>;
  virtual Lock lock() const = 0;

  virtual Modseq modseq() const = 0;
  // All mailboxes; parents before children, siblings by name.
  virtual std::vector<const Mailbox*> mailboxes() const = 0;
  virtual const Mailbox* find_mailbox(MailboxId id) const = 0;
  // INBOX is found in any case (RFC 9051 5.1); other names as they are, in NFC.
  virtual const Mailbox* find_mailbox(std::string_view path) const = 0;
  virtual const Mailbox* find_role(Role role) const = 0;

  // Ascending UIDs of a mailbox; empty for an unknown one.
  virtual std::vector<Uid> uids(MailboxId mailbox) const = 0;
  virtual std::optional<Entry> entry(MailboxId mailbox, Uid uid) const = 0;
  // Calls `visit` for each message whose UID is in [first, last], ascending, until it answers false.
  virtual void visit(MailboxId mailbox, Uid first, Uid last, bool (*visit)(void*, const Entry&),
                     void* context) const = 0;
  // First UID without \Seen; 0 for none.
  virtual Uid first_unseen(MailboxId mailbox) const = 0;

  // The keyword with this number ("\Seen", "$Forwarded", ...); empty for none.
  virtual std::string_view keyword_name(std::uint32_t number) const = 0;
  // ASCII case-insensitive (RFC 9051 2.3.2).
  virtual std::optional<std::uint32_t> keyword_number(std::string_view name) const = 0;
  // Every keyword that the account knows, in order of number.
  virtual std::vector<std::string> keyword_names() const = 0;

  virtual std::uint64_t quota_used() const = 0;  // bytes; a message in two mailboxes counts once

  template <typename F>  // F: bool(const Entry&)
  void for_each(MailboxId mailbox, Uid first, Uid last, F&& f) const {
    visit(
        mailbox, first, last,
        [](void* context, const Entry& e) -> bool { return (*static_cast<F*>(context))(e); }, &f);
  }
};

}  // namespace gannet::mailbox
