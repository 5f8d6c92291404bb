// The keys and records of mail in a DataStore. `account` is u32 and leads every key, so that an account is
// one stretch of each subspace. All numbers in keys are big-endian.
//
//   Subspace::kAccount
//     'a' account 0                    Head
//     'a' account 1 mailbox:u32        Mailbox, with its counters
//     'a' account 2 keyword:u32        the keyword's name, in its first spelling
//     'a' account 3 mailbox:u32        its first recent UID (recent.cpp); absent is 1. On no condition of the Head's
//     'a' account 4 path               (a version byte) subscribed, but there is no such mailbox any more
//   Subspace::kMessage
//     'm' account document:u32         MessageRecord; never changes but for the thread, when threads are merged
//   Subspace::kState
//     'n' account document:u32         MessageState: all that a view needs; so loading one reads nothing else
//   Subspace::kChange
//     'c' account 0 modseq:u64 part:u16   the change log: what the commit with this modseq did (change.h)
//     'c' account 1 modseq:u64 part:u16   UIDs that this commit expunged, by mailbox; kept longer than the log
//   Subspace::kThread
//     't' account 0 hash:16 bytes      the thread of messages that name this message id under this base subject
//     't' account 1 thread:u32         hashes that only removed messages of the thread named
//
// States of a message (`document`), by its keys:
//
//   | kMessage | kState              | blob link | meaning                                        | left by                |
//   |----------|---------------------|-----------|------------------------------------------------|------------------------|
//   | absent   | absent              | absent    | not there yet, or removed; its number is spent | store, copy (a number) |
//   | present  | present, places > 0 | present   | in as many mailboxes                           | expunge of the last    |
//
// One commit moves a message from one state to the other; any other combination is damage.
//
// States of an account, by its Head: absent (not used yet) -> alive -> erasing, for ever: every call answers kNotFound,
// and when all else is gone the Head stays as the account's tombstone. Each commit rewrites the Head on condition that it is still the one which the commit
// was made from. So of two writers who started from the same Head one meets a conflict, and starts over.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "mailbox/errors.h"
#include "mailbox/types.h"

namespace gannet::mailbox {

// --- keys

std::string account_prefix(AccountId account);
std::string head_key(AccountId account);
std::string mailbox_prefix(AccountId account);
std::string mailbox_key(AccountId account, MailboxId mailbox);
std::string keyword_prefix(AccountId account);
std::string keyword_key(AccountId account, std::uint32_t number);
std::string recent_key(AccountId account, MailboxId mailbox);
std::string lost_subscription_prefix(AccountId account);
std::string lost_subscription_key(AccountId account, std::string_view path);

std::string message_prefix(AccountId account);
std::string message_key(AccountId account, DocumentId document);
std::string state_prefix(AccountId account);
std::string state_key(AccountId account, DocumentId document);

std::string change_account_prefix(AccountId account);
std::string change_key(AccountId account, Modseq modseq, std::uint16_t part = 0);
std::string expunged_key(AccountId account, Modseq modseq, std::uint16_t part = 0);
// Past the last expunged_key() (or change_key()) that an account can have.
std::string change_end(AccountId account);
std::string expunged_end(AccountId account);

std::string thread_prefix(AccountId account);
// `hash`: see thread_index.h.
std::string thread_id_key(AccountId account, std::string_view hash);
std::string thread_rest_key(AccountId account, ThreadId thread);

// The name under which a message links its blob (store/blob_links.h).
std::string blob_owner(AccountId account, DocumentId document);

// The last u32 of a mailbox, keyword, message or state key; 0 for a key that is none.
std::uint32_t number_of_key(std::string_view key);
// The modseq of a change or expunged key; 0 for a key that is none.
Modseq modseq_of_key(std::string_view key);

// --- records; a decode of anything else is kCorrupt

struct Head {
  std::uint64_t incarnation = 0;  // random; tells an account from an erased one of the same number
  bool erasing = false;           // or erased
  Modseq modseq = 0;              // of the last commit
  DocumentId next_document = 1;
  MailboxId next_mailbox = 1;
  std::uint32_t last_uid_validity = 0;
  std::uint32_t next_keyword = KeywordSet::kFirstNamed;
  std::uint64_t used = 0;           // bytes
  Modseq log_floor = 0;             // the change log holds every commit above it
  Modseq expunged_floor = 0;        // expunged UIDs are known of every commit above it
  std::uint64_t expunged_keys = 0;  // how many keys hold them

  bool operator==(const Head&) const = default;
};
std::string encode(const Head& head);
Result<Head> decode_head(std::string_view record);

// `path` is not part of the record.
std::string encode(const Mailbox& mailbox);
Result<Mailbox> decode_mailbox(MailboxId id, std::string_view record);

std::string encode_keyword_name(std::string_view name);
Result<std::string> decode_keyword_name(std::string_view record);

std::string encode_lost_subscription();

std::string encode_recent(Uid first);
Result<Uid> decode_recent(std::string_view record);

// A message's place in a mailbox. \Deleted belongs to the place and no other keyword does: a client that
// copies a message, marks the original \Deleted and expunges it must not find its copy marked as well.
struct Place {
  MailboxId mailbox = 0;
  Uid uid = 0;
  Modseq modseq = 0;
  std::int64_t saved = 0;  // ms since 1970
  bool deleted = false;

  bool operator==(const Place&) const = default;
};

struct MessageState {
  DocumentId document = 0;  // not part of the record
  ThreadId thread = 0;
  std::uint32_t size = 0;
  std::int64_t received = 0;  // ms since 1970
  KeywordSet keywords;        // without \Deleted
  std::vector<Place> places;

  bool operator==(const MessageState&) const = default;
};
std::string encode(const MessageState& state);
// `out`'s buffers are used again.
Result<void> decode_state(DocumentId document, std::string_view record, MessageState& out);

std::string encode(const MessageRecord& record);
Result<MessageRecord> decode_message(DocumentId document, std::string_view record);

std::string encode_thread(ThreadId thread);
Result<ThreadId> decode_thread(std::string_view record);

// A list of 16-byte hashes.
std::string encode_hashes(const std::vector<std::string>& hashes);
Result<std::vector<std::string>> decode_hashes(std::string_view record);

}  // namespace gannet::mailbox
