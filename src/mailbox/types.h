// The words of the mailbox model.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "store/blob_store.h"

namespace gannet::mailbox {

using AccountId = std::uint32_t;
using MailboxId = std::uint32_t;
using DocumentId = std::uint32_t;  // a message of an account; never reused
using ThreadId = std::uint32_t;    // the document number of the thread's first message
using Uid = std::uint32_t;
// The account's one sequence: IMAP's MODSEQ and JMAP's state. Starts at 1.
using Modseq = std::uint64_t;

// RFC 6154 and RFC 8457 special uses, with INBOX.
enum class Role : std::uint8_t { kNone, kInbox, kArchive, kDrafts, kJunk, kSent, kTrash, kImportant };

struct Mailbox {
  MailboxId id = 0;
  MailboxId parent = 0;  // 0 at the top
  std::string name;      // the last component, UTF-8, NFC
  std::string path;      // all components joined by '/'
  Role role = Role::kNone;
  bool subscribed = false;
  std::uint32_t uid_validity = 0;
  Uid uid_next = 1;
  Modseq highest_modseq = 1;  // moves only when this mailbox changes
  Modseq created_modseq = 1;
  std::uint32_t messages = 0;
  std::uint32_t unseen = 0;
  std::uint64_t bytes = 0;
};

// A set of keywords, any number of them. The five system flags are bits; other keywords have a number in the
// account's keyword table (AccountView::keyword_name), given once.
class KeywordSet {
 public:
  static constexpr std::uint32_t kSeen = 0, kAnswered = 1, kFlagged = 2, kDeleted = 3, kDraft = 4;
  static constexpr std::uint32_t kFirstNamed = 5;

  bool has(std::uint32_t keyword) const;
  void add(std::uint32_t keyword);
  void remove(std::uint32_t keyword);
  void clear() { low_ = 0, high_.reset(); }
  // Ascending.
  std::vector<std::uint32_t> numbers() const;
  // Equal sets have equal `low()` and no or equal high parts: a cache of rendered flags may use low() as its
  // key where high_empty().
  std::uint64_t low() const { return low_; }
  bool high_empty() const { return !high_; }
  // Keywords from 64 on, ascending; null for none.
  const std::shared_ptr<const std::vector<std::uint32_t>>& high() const { return high_; }
  // `high` as high() answers it.
  static KeywordSet of(std::uint64_t low, std::shared_ptr<const std::vector<std::uint32_t>> high);
  bool operator==(const KeywordSet& other) const;

 private:
  std::uint64_t low_ = 0;                                   // keywords 0 to 63
  std::shared_ptr<const std::vector<std::uint32_t>> high_;  // the rest, ascending; null for none
};

// What never changes of a message. Its content, as every reader sees it, is `trace` followed by the blob; all
// offsets in `summary` and `size` count from the start of the whole.
struct MessageRecord {
  DocumentId document = 0;
  store::BlobId blob;
  std::string trace;       // this recipient's own header lines (Delivered-To), with CRLF; often empty
  std::uint64_t size = 0;  // octets, CRLF line ends, as IMAP's RFC822.SIZE
  WallTime received;       // INTERNALDATE
  ThreadId thread = 0;
  std::string summary;  // mime's compact record
};

}  // namespace gannet::mailbox
