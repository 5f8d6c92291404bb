// One account's part of a commit: what it starts from, and all that it is about to change.
//
// The steps of making one: begin_change() takes a modseq; edits follow; begin_change() again for an
// independent change in the same commit (several deliveries); finish() adds it all to a batch, on condition
// that the account's head is still the one from which the draft was made. Nothing of it is seen before the
// Delta that finish() answers is applied to the account. Dropping a draft drops what it did.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "mailbox/accounts.h"
#include "mailbox/contents.h"
#include "mailbox/thread_index.h"
#include "store/data_store.h"

namespace gannet::mailbox {

// What a draft needs of the world.
struct DraftContext {
  store::DataStore& data;
  const AccountsOptions& options;
  WallTime now;
  Random& random;
};

// A message about to be stored: one copy of it.
struct Delivery {
  store::BlobId blob;
  std::uint64_t size;  // trace included
  WallTime received;
  std::string_view summary;
  std::span<const std::string> hashes;  // thread_hashes()
};

// One thread at a time; the account is locked for writing while it lives.
class Draft {
 public:
  Draft(AccountId account, const Contents& base, const DraftContext& context);

  AccountId account() const { return account_; }
  const Contents& base() const { return base_; }
  const DraftContext& context() const { return context_; }
  Head& head() { return head_; }
  store::WriteBatch& batch() { return batch_; }
  ThreadIndex& threads() { return threads_; }
  bool empty() const { return changes_.empty(); }
  // Part of the commit could not be made from contents without columns: load them, then start over.
  bool needs_rows() const { return needs_rows_; }
  void set_needs_rows() { needs_rows_ = true; }

  // The account's first change: INBOX and the folders of the settings.
  Result<void> create_account();

  Modseq begin_change();
  Modseq modseq() const { return head_.modseq; }
  void add_step(Step step) { changes_.back().steps.push_back(std::move(step)); }

  // Mailboxes as this draft leaves them. `path` as lookup_path() makes it.
  const Mailbox* find(MailboxId id) const;
  const Mailbox* find_path(std::string_view path) const;
  const Mailbox* find_role(Role role) const;
  // Null for one that is not there. Good until the draft ends.
  Mailbox* edit(MailboxId id);
  // With missing parents; `path` as valid_path() makes it. kExists, kLimit.
  Result<Mailbox*> create_mailbox(const std::string& path, Role role, bool subscribed);
  void remove_mailbox(MailboxId id);

  // Subscriptions without a mailbox. There are at most as many as mailboxes may be; what is more is forgotten.
  Result<void> keep_subscription(const std::string& path);
  // Whether there was one; it ends.
  Result<bool> end_subscription(const std::string& path);

  // Makes keywords that are not there yet. kInvalid, kLimit.
  Result<KeywordSet> keywords(std::span<const std::string> names);

  // Takes the next UID of the mailbox. kLimit when there is none left.
  Result<Uid> take_uid(Mailbox& mailbox);
  Result<DocumentId> take_document();
  // Adds the row to the mailbox's counters, or takes it out.
  static void count_in(Mailbox& mailbox, const Row& row);
  static void count_out(Mailbox& mailbox, const Row& row);
  // The mailbox's HIGHESTMODSEQ is this change's.
  void touch_messages(Mailbox& mailbox) { mailbox.highest_modseq = modseq(); }

  // Adds a message, in a change of its own. In the Stored: kOverQuota, kNotFound, kInvalid, kLimit; the draft
  // is then as it was, new keywords apart. The Result fails only if the whole commit must.
  Result<Stored> deliver(const Delivery& delivery, const Destination& destination);

  // Records of a new message; written by finish().
  void add_message(MessageRecord record, MessageState state);

  // Removes messages that have lost their last place. Needs the base's columns.
  struct Destroyed {
    DocumentId document;
    ThreadId thread;
    std::uint32_t size;
  };
  Result<void> destroy(std::span<const Destroyed> messages);

  // Adds everything to `out`. Once.
  Result<Delta> finish(store::WriteBatch& out);

 private:
  struct NewMessage {
    MessageRecord record;
    MessageState state;
  };
  Result<ThreadId> thread_of(DocumentId document, std::span<const std::string> hashes);
  Result<void> merge(ThreadId winner, ThreadId loser);
  std::vector<MessageState> members(ThreadId thread) const;
  std::set<ThreadId> living(const std::set<ThreadId>& threads, const std::set<DocumentId>& without) const;
  void close_change();
  void write_mailboxes(store::WriteBatch& out, Delta& delta);
  void write_log(store::WriteBatch& out);
  Result<void> truncate_log(store::WriteBatch& out);

  const AccountId account_;
  const Contents& base_;
  const DraftContext context_;
  Head head_;
  store::WriteBatch batch_;
  ThreadIndex threads_;
  std::map<MailboxId, Mailbox> edited_;
  std::set<MailboxId> removed_;
  std::set<MailboxId> touched_now_;  // by the open change
  std::vector<std::string> new_keywords_;
  std::vector<Change> changes_;
  std::map<DocumentId, NewMessage> new_messages_;
  bool needs_rows_ = false;
};

}  // namespace gannet::mailbox
