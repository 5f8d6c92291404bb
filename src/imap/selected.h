// The mailbox that a session has selected, and how its client is kept up to date.
//
// Invariants (RFC 9051 5.2, 7.5.1):
//  - `uids` is what the client has been told. It changes only together with the EXISTS or EXPUNGE responses
//  that
//    tell of it.
//  - EXPUNGE is written only while a command runs in which sequence numbers may change; what vanished
//  meanwhile
//    waits in `vanished`, and keeps its number.
//  - Every change up to the modseq `told` has been told, or waits in `vanished`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "imap/recent.h"
#include "imap/uid_map.h"
#include "mailbox/accounts.h"

namespace gannet::imap {

struct Selected {
  mailbox::MailboxId mailbox = 0;
  bool read_only = false;  // EXAMINE
  std::uint32_t uid_validity = 0;
  std::uint32_t keywords_told = 0;  // keywords with a lower number have been named in FLAGS
  mailbox::Modseq told = 0;
  UidMap uids;
  Recent recent;                       // of `uids`
  std::vector<mailbox::Uid> vanished;  // gone, but the client does not know yet; ascending
};

// What the response to a command says already; sync() does not repeat it.
struct Shown {
  mailbox::Uid uid = 0;
  mailbox::Modseq modseq = 0;  // as of which its flags were shown
};

struct SyncOptions {
  bool expunge = true;       // whether EXPUNGE may be sent
  bool uid = false;          // FETCH responses name the UID
  std::vector<Shown> shown;  // ascending UIDs
};

// Writes what happened to the mailbox since it was last told. A mailbox that is gone reads as emptied.
Result<void> sync(mailbox::Accounts& accounts, mailbox::AccountId account, Selected& selected,
                  const SyncOptions& options, std::string& out);

// Finds out which of the messages in [first, last], which the client is about to be told of, are \Recent for
// this session: taken by it, or only looked at after EXAMINE (RFC 3501 6.3.2). No lock is held.
void find_recent(mailbox::Accounts& accounts, mailbox::AccountId account, Selected& selected,
                 mailbox::Uid first, mailbox::Uid last);

// Writes FLAGS and PERMANENTFLAGS if keywords have come up that the client has not heard of. A lock is held.
void announce_keywords(const mailbox::AccountView& view, Selected& selected, std::string& out);

}  // namespace gannet::imap
