// The mailbox model: every account of the server, its mailboxes and messages.
//
// Invariants:
//  - An account is the unit of consistency. Each change is one commit; it takes the account's next modseqs
//  and
//    writes change-log entries under them. Readers see a change whole or not at all.
//  - UIDs of a mailbox ascend strictly and are never reused, nor are document or mailbox numbers.
//  - Writers of one account on one node queue for it; on two nodes they conflict in the store and the later
//  one
//    retries from a fresh read, out of the caller's sight.
//  - A change is announced after its commit.
//
// Any thread; every call may block on the store. Errors are MailboxError, kUnavailable where a store failed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "mailbox/account_view.h"
#include "mailbox/errors.h"
#include "mailbox/types.h"
#include "mime/limits.h"
#include "store/stores.h"

namespace gannet::mailbox {

struct AccountsOptions {
  std::size_t view_cache_accounts = 2048;      // cache.account.size, cache.thread.size
  std::size_t view_cache_mailboxes = 16'384;   // cache.mailbox.size
  std::uint64_t view_cache_bytes = 256 << 20;  // what the cached views may weigh together
  std::uint32_t max_depth = 10;                // jmap.mailbox.max-depth
  std::uint32_t max_name_length = 255;         // jmap.mailbox.max-name-length, bytes of a component
  std::uint64_t max_message_size = 100 << 20;  // bytes
  std::uint32_t max_keywords = 1000;           // different keywords an account may have
  std::uint32_t max_mailboxes = 5000;
  std::uint64_t max_changes = 100'000;  // change-log entries kept an account; older ones are dropped
  mime::Limits mime;                    // mime.limits.*
  struct Folder {
    Role role;
    std::string name;
    bool create = true;
    bool subscribe = true;
  };
  // Called after a commit that may have listed something for the index (search/indexing_list.h); must return at
  // once.
  std::function<void()> listed;
  std::vector<Folder> folders;  // jmap.folders.*; created with an account's first use; INBOX always
};

// A message to be stored, parsed once for all its recipients.
struct IncomingMessage {
  std::string_view content;  // CRLF line ends; must outlive the call
  WallTime received;
};

// Where one copy goes. All copies share one blob: what differs between recipients (Delivered-To) is in
// `trace`, header lines with CRLF that every read of this copy shows in front of the content.
struct Destination {
  AccountId account = 0;
  std::uint64_t quota = 0;            // bytes, 0 unlimited: the principal's
  std::vector<MailboxId> mailboxes;   // empty: INBOX
  std::vector<std::string> keywords;  // "\Seen", "$Junk", ...
  std::string trace;
  // For who brings messages from elsewhere: the UID to have in the one mailbox. Where that or a higher one was
  // given out already, the next free one is taken.
  std::optional<Uid> uid = std::nullopt;
};

struct Stored {
  bool stored = false;
  std::optional<Error> error;  // set when not stored: kOverQuota, kNotFound (mailbox), kLimit, ...
  DocumentId document = 0;
  ThreadId thread = 0;
  struct Place {
    MailboxId mailbox;
    std::uint32_t uid_validity;
    Uid uid;
  };
  std::vector<Place> places;
  Modseq modseq = 0;
};

enum class KeywordAction : std::uint8_t { kAdd, kRemove, kReplace };

struct KeywordOutcome {
  std::vector<Entry> changed;  // as they are now, ascending UID
  std::vector<Uid> modified;   // UNCHANGEDSINCE failed for these (RFC 7162 3.1.3)
};

struct CopyOutcome {
  std::uint32_t uid_validity = 0;  // of the target
  std::vector<Uid> from, to;       // the same length; in order of `from`
};

// Told after a commit that changed the account, on the thread that committed: must return at once (post).
using Listener = std::function<void(AccountId, Modseq)>;
// Announcements stop when it is destroyed; the callback is then not running and never will again.
using Subscription = std::shared_ptr<void>;

class Accounts {
 public:
  virtual ~Accounts() = default;

  // --- reading
  // Up to date as of this call; creates the account's standard folders at its first use.
  virtual Result<std::shared_ptr<const AccountView>> view(AccountId account) = 0;
  // Octets that the account's messages take as far as this process remembers; never waits, so it may be called
  // on an event loop. Nothing where it does not: then view() tells. May be behind what other nodes did.
  virtual std::optional<std::uint64_t> quota_used_now(AccountId account) = 0;
  // Records in the order of `documents`; nothing for one that is gone. Batched reads.
  virtual Result<std::vector<std::optional<MessageRecord>>> messages(
      AccountId account, std::span<const DocumentId> documents) = 0;
  // Bytes [offset, offset + length) of a message.
  virtual Result<std::string> content(const MessageRecord& message, std::uint64_t offset = 0,
                                      std::uint64_t length = UINT64_MAX) = 0;
  // Whole messages, in few round trips to the store; fails if one of them fails. The caller bounds their sum.
  virtual Result<std::vector<std::string>> contents(std::span<const MessageRecord* const> messages) = 0;
  // What changed in a mailbox after `since`.
  virtual Result<MailboxChanges> changes(AccountId account, MailboxId mailbox, Modseq since) = 0;

  // --- \Recent (RFC 3501 2.3.2): which messages no session was told of yet that could have changed them
  // For each of `mailboxes` the first UID that nobody has taken; all from there on are recent.
  virtual Result<std::vector<Uid>> first_recent(AccountId account, std::span<const MailboxId> mailboxes) = 0;
  // Takes the recent messages below `end` for one session, on whichever node: those from the answer on are its
  // alone, and none if the answer is `end` or above. Where the store cannot write now nothing is taken, and
  // the answer is first_recent(): a message may then be recent twice, as the RFC permits. Not announced; a
  // power cut may undo it.
  virtual Result<Uid> take_recent(AccountId account, MailboxId mailbox, Uid end) = 0;

  // By which every message is parsed.
  virtual const mime::Limits& mime_limits() const = 0;

  // --- mailboxes; paths are UTF-8 with '/' between components
  // Missing parents are created (RFC 9051 6.3.4). kExists, kInvalid, kLimit.
  virtual Result<Mailbox> create_mailbox(AccountId account, std::string_view path,
                                         Role role = Role::kNone) = 0;
  // Children move along. Renaming INBOX moves its messages to the new mailbox (RFC 9051 6.3.6).
  virtual Result<void> rename_mailbox(AccountId account, std::string_view from, std::string_view to) = 0;
  // kDenied for INBOX and for a mailbox with children. Its messages go unless another mailbox holds them.
  virtual Result<void> delete_mailbox(AccountId account, std::string_view path) = 0;
  // The mailbox has this UIDVALIDITY from now on and gives out no UID below `first`: for one that is filled with
  // messages from elsewhere that keep their UIDs (Destination::uid). kDenied where that would give a UID that
  // clients know another meaning: there are messages under another UIDVALIDITY, or UIDs from `first` on were used.
  virtual Result<Mailbox> adopt_uids(AccountId account, MailboxId mailbox, std::uint32_t uid_validity,
                                     Uid first) = 0;
  // A subscription outlives its mailbox, until it is ended or a mailbox of that name takes it over (RFC 3501
  // 6.3.6). kNotFound for what there is not, unless such a one is ended.
  virtual Result<void> set_subscribed(AccountId account, std::string_view path, bool subscribed) = 0;
  // The paths that are subscribed though there is no such mailbox any more, ascending.
  virtual Result<std::vector<std::string>> lost_subscriptions(AccountId account) = 0;

  // --- messages
  // One commit for all destinations and for `extra` (a queue entry, for example), and one durable write where
  // blobs and data share a store. A destination that cannot be served is told in its Stored; the others and
  // `extra` are committed. Fails as a whole only when nothing was committed.
  // `extra` is told which destinations were stored before it is committed, so it can carry the others. It is
  // called again, with what holds then, after each conflict. Where it gives anything to commit, the content is
  // put as a blob too, as BlobId::of(message.content).
  using Extra = std::function<Result<store::WriteBatch>(std::span<const Stored>)>;
  virtual Result<std::vector<Stored>> store(const IncomingMessage& message,
                                            std::span<const Destination> destinations,
                                            const Extra& extra = nullptr) = 0;
  // store() for who need not wait: `done` is called once with what it would return, on this thread or on that
  // of whoever commits for this account now, and must return at once (post). The content, `destinations` and
  // what `extra` captures must live until then.
  using Done = std::move_only_function<void(Result<std::vector<Stored>>)>;
  virtual void store_later(const IncomingMessage& message, std::span<const Destination> destinations,
                           Extra extra, Done done) = 0;

  // Many messages for one account, in their order: what store() would return for each. As few commits as bounded
  // ones allow, which others may share. After one that is over quota, or of which it is not known whether it was
  // stored, the rest is not tried (kUnavailable). Every destination has the same account.
  struct Incoming {
    IncomingMessage message;
    Destination destination;
  };
  virtual std::vector<Result<Stored>> store_in_order(std::span<const Incoming> messages) = 0;

  // Changes nothing and bumps no modseq where the keywords are as asked already. `unless_modified_since`
  // leaves messages with a higher modseq alone and names them. UIDs that are gone are passed over.
  virtual Result<KeywordOutcome> set_keywords(AccountId account, MailboxId mailbox, std::span<const Uid> uids,
                                              KeywordAction action, std::span<const std::string> keywords,
                                              std::optional<Modseq> unless_modified_since = std::nullopt) = 0;
  // All or nothing. kNotFound if the target is not there (RFC 9051: TRYCREATE); kOverQuota; kLimit. A message
  // gets one more mailbox, and needs no room; only where the target holds it already it is stored once more.
  // \Deleted is each mailbox's own; other keywords are the message's, wherever it is. `quota` as in
  // Destination. UIDs that are gone are passed over.
  virtual Result<CopyOutcome> copy(AccountId account, MailboxId from, std::span<const Uid> uids, MailboxId to,
                                   std::uint64_t quota = 0) = 0;
  // As copy(), but in several commits where there are many: each message is moved whole, or not at all.
  virtual Result<CopyOutcome> move(AccountId account, MailboxId from, std::span<const Uid> uids,
                                   MailboxId to) = 0;
  // Removes those of `uids` that are \Deleted (all \Deleted ones without `uids`). The UIDs removed,
  // ascending.
  virtual Result<std::vector<Uid>> expunge(AccountId account, MailboxId mailbox,
                                           std::optional<std::span<const Uid>> uids) = 0;

  // --- accounts
  // Everything of the account; in steps, so that it fits any backend. For removed principals.
  virtual Result<void> erase(AccountId account) = 0;

  // Every account that has mail, ascending.
  virtual Result<std::vector<AccountId>> all() = 0;
  // Lists the account to be indexed anew, behind; how many messages it has.
  virtual Result<std::uint64_t> reindex(AccountId account) = 0;

  // --- announcements
  virtual Subscription subscribe(AccountId account, Listener listener) = 0;
  // Looks in the store whether the accounts that somebody here listens to were changed by another node, and
  // announces those; how many. Reads one key an account, a thousand a call to the store. For a thread that
  // calls it again and again (cluster.watch-interval).
  virtual Result<std::size_t> announce_changes_of_others() = 0;
};

// `clock` and `random` must outlive it.
std::shared_ptr<Accounts> make_accounts(store::Stores stores, AccountsOptions options, Clock& clock,
                                        Random& random);

}  // namespace gannet::mailbox
