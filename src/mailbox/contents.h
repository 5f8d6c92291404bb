// What is known of an account in memory: its head, mailboxes and keywords, and, once somebody has looked at
// its messages, their columns. One moment of the account, moved on by apply(); the same whether it was loaded
// or replayed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/lru_cache.h"
#include "mailbox/columns.h"

namespace gannet::mailbox {

// What brings an account's Contents from one Head to a later one.
struct Delta {
  Head head;
  std::string head_record;         // as it is in the store
  std::vector<Mailbox> mailboxes;  // as they are now, new ones and altered ones; without path
  std::vector<MailboxId> removed_mailboxes;
  std::vector<std::string> keywords;  // new ones, in order of number
  std::vector<Change> changes;        // in order of modseq
};

// Not thread-safe: see account.h.
class Contents {
 public:
  // Whether the store has such an account, as far as is known.
  bool exists() const { return !head_record_.empty(); }
  const Head& head() const { return head_; }
  // What a commit that starts from here requires.
  const std::string& head_record() const { return head_record_; }

  const std::vector<const Mailbox*>& mailboxes() const { return ordered_; }
  const Mailbox* find(MailboxId id) const;
  // `path` as lookup_path() makes it.
  const Mailbox* find_path(std::string_view path) const;
  const Mailbox* find_role(Role role) const;
  bool has_children(MailboxId id) const;

  std::string_view keyword_name(std::uint32_t number) const;
  std::optional<std::uint32_t> keyword_number(std::string_view name) const;
  const std::vector<std::string>& named_keywords() const { return keywords_; }

  bool has_rows() const { return has_rows_; }
  // Null for none. Columns of a mailbox without messages may be missing.
  const Columns* columns(MailboxId mailbox) const;
  const std::unordered_map<MailboxId, Columns>& all_columns() const { return columns_; }
  // Every place of a message, given one of them.
  std::vector<std::pair<MailboxId, Uid>> places(DocumentId document, MailboxId mailbox, Uid uid) const;
  // All that the store knows of the message at this place; the place must be there.
  MessageState state(MailboxId mailbox, std::size_t index) const;

  void apply(Delta&& delta);

  // For loading: once, in this order, before anything is asked.
  void load_outline(Delta&& outline);
  void load_row(const MessageState& state);
  void finish_loading_rows();

  std::size_t weight() const;
  // Mailboxes of which message UIDs are kept.
  std::size_t filled() const;

 private:
  void apply_step(const Added& step, Modseq modseq);
  void apply_step(const Removed& step, Modseq modseq);
  void apply_step(const KeywordsSet& step, Modseq modseq);
  void apply_step(const Rethreaded& step, Modseq modseq);
  void apply_step(const Shared& step, Modseq modseq);
  void apply_step(const MailboxTouched&, Modseq) {}
  void add_keyword(std::string name);
  void arrange();
  Columns& columns_of(MailboxId mailbox);

  Head head_;
  std::string head_record_;
  std::unordered_map<MailboxId, Mailbox> mailboxes_;
  std::vector<const Mailbox*> ordered_;
  std::unordered_map<std::string, MailboxId, StringHash, std::equal_to<>> by_path_;
  std::vector<std::string> keywords_;
  std::unordered_map<std::string, std::uint32_t, StringHash, std::equal_to<>>
      keyword_numbers_;  // small letters
  bool has_rows_ = false;
  Modseq rows_loaded_at_ = 0;
  std::unordered_map<MailboxId, Columns> columns_;
  std::unordered_map<DocumentId, std::vector<std::pair<MailboxId, Uid>>> shared_;  // messages in several
};

}  // namespace gannet::mailbox
