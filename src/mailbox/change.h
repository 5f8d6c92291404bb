// What one commit did to the messages of an account: the unit of the change log, and what a view replays.
//
// A change carries all that a view needs to follow it, mailboxes and keyword names apart: those are read in
// their newest form. It is written in parts of bounded size.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "mailbox/schema.h"

namespace gannet::mailbox {

// A message in a mailbox, as a view holds it.
struct Row {
  Uid uid = 0;
  DocumentId document = 0;
  ThreadId thread = 0;
  std::uint32_t size = 0;
  std::int64_t received = 0;  // ms since 1970
  std::int64_t saved = 0;
  Modseq modseq = 0;    // of the change that holds it
  KeywordSet keywords;  // with \Deleted

  bool operator==(const Row&) const = default;
};

struct Added {
  MailboxId mailbox = 0;
  std::vector<Row> rows;  // ascending UID

  bool operator==(const Added&) const = default;
};

struct Removed {
  struct Gone {
    Uid uid = 0;
    DocumentId document = 0;
    ThreadId thread = 0;
    bool destroyed = false;  // it was the message's last place

    bool operator==(const Gone&) const = default;
  };
  MailboxId mailbox = 0;
  std::vector<Gone> gone;  // ascending UID

  bool operator==(const Removed&) const = default;
};

// The keywords of some messages are now these.
struct KeywordsSet {
  MailboxId mailbox = 0;
  KeywordSet keywords;    // with \Deleted
  std::vector<Uid> uids;  // ascending

  bool operator==(const KeywordsSet&) const = default;
};

// Two threads became one. No modseq of a message moves.
struct Rethreaded {
  ThreadId thread = 0;
  std::vector<DocumentId> documents;  // ascending

  bool operator==(const Rethreaded&) const = default;
};

// A message that is in several mailboxes now, or was before.
struct Shared {
  DocumentId document = 0;
  std::vector<std::pair<MailboxId, Uid>> places;  // where it is now

  bool operator==(const Shared&) const = default;
};

// A mailbox was created, removed or altered, its counters included.
struct MailboxTouched {
  MailboxId mailbox = 0;

  bool operator==(const MailboxTouched&) const = default;
};

using Step = std::variant<Added, Removed, KeywordsSet, Rethreaded, Shared, MailboxTouched>;

struct Change {
  Modseq modseq = 0;
  std::vector<Step> steps;  // in the order in which they happened
};

// At least one part, each of about `part_bytes` at most (a single step is cut where that is needed).
std::vector<std::string> encode_change(const Change& change, std::size_t part_bytes = 48 << 10);
// Adds the steps of one part.
Result<void> decode_change_part(std::string_view record, Change& out);

// The UIDs that a commit expunged, for QRESYNC: parts as above. `removed` may name a mailbox more than once.
std::vector<std::string> encode_expunged(const std::vector<const Removed*>& removed,
                                         std::size_t part_bytes = 48 << 10);
// Adds the UIDs of `mailbox`.
Result<void> decode_expunged_part(std::string_view record, MailboxId mailbox, std::vector<Uid>& out);

}  // namespace gannet::mailbox
