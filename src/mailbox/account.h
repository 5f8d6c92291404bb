// One account in memory: its contents, who may read them, and who may write.
//
// Two locks, taken in this order:
//  - `writing()`: held by the one who commits to the account on this node, from before it looks at the
//    contents until what it committed is applied to them; also by whoever loads or replays. It may be held
//    across calls of the store. Several accounts are locked in ascending order of their numbers.
//  - the shared mutex behind lock(): shared by readers, exclusive for the moment in which contents are
//    replaced or moved on. Never held across a call of the store.
// So the holder of writing() may read the contents without the other lock: nobody else alters them.
#pragma once

#include <atomic>
#include <deque>
#include <mutex>
#include <shared_mutex>

#include "mailbox/contents.h"

namespace gannet::mailbox {

struct Job;  // ingest.h

// Messages that wait to be stored in this account alone: whoever leads takes all that wait into one commit,
// again until none wait. A leader whose own caller waits leaves sooner:
//
//   | who waits then                    | the next leader                                      |
//   |-----------------------------------|------------------------------------------------------|
//   | nobody                            | whoever comes                                        |
//   | a caller that sleeps (store())    | the first of those                                   |
//   | only such that do not (`done`)    | the next `done` that comes (`tired`); until then it  |
struct JobQueue {
  std::mutex mutex;
  std::deque<Job*> waiting;
  bool led = false;
  bool tired = false;      // the leader wants to be relieved
  std::uint64_t term = 0;  // counts leaders: one whose term is over stops
};

class Account final : public AccountView {
 public:
  explicit Account(AccountId id) : id_(id) {}

  AccountId id() const { return id_; }
  std::mutex& writing() { return writing_; }
  JobQueue& jobs() { return jobs_; }

  // Needs writing() or lock().
  const Contents& contents() const { return contents_; }
  // Needs writing().
  void replace(Contents&& contents);
  void apply(Delta&& delta);
  // Needs neither: whether the contents are those of this head record, with the messages' columns.
  bool is_at(std::string_view head_record) const;
  // Needs neither, and does not wait: nothing where that is not known, or the contents are being altered.
  std::optional<std::uint64_t> quota_used_now() const;
  // In bytes, about. Any thread.
  std::size_t weight() const { return weight_.load(std::memory_order_relaxed); }
  // Mailboxes of which message UIDs are kept, about. Any thread.
  std::size_t filled() const { return filled_.load(std::memory_order_relaxed); }

  Lock lock() const override { return Lock(mutex_); }
  Modseq modseq() const override { return contents_.head().modseq; }
  std::vector<const Mailbox*> mailboxes() const override { return contents_.mailboxes(); }
  const Mailbox* find_mailbox(MailboxId id) const override { return contents_.find(id); }
  const Mailbox* find_mailbox(std::string_view path) const override;
  const Mailbox* find_role(Role role) const override { return contents_.find_role(role); }
  std::vector<Uid> uids(MailboxId mailbox) const override;
  std::optional<Entry> entry(MailboxId mailbox, Uid uid) const override;
  void visit(MailboxId mailbox, Uid first, Uid last, bool (*visit)(void*, const Entry&),
             void* context) const override;
  Uid first_unseen(MailboxId mailbox) const override;
  std::string_view keyword_name(std::uint32_t number) const override {
    return contents_.keyword_name(number);
  }
  std::optional<std::uint32_t> keyword_number(std::string_view name) const override {
    return contents_.keyword_number(name);
  }
  std::vector<std::string> keyword_names() const override;
  std::uint64_t quota_used() const override { return contents_.head().used; }

 private:
  void weigh();

  const AccountId id_;
  std::mutex writing_;
  mutable std::shared_mutex mutex_;
  Contents contents_;
  JobQueue jobs_;
  std::uint32_t applied_ = 0;
  std::atomic<std::size_t> weight_{sizeof(Contents)};
  std::atomic<std::size_t> filled_{0};
};

}  // namespace gannet::mailbox
