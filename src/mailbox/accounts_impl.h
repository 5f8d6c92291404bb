// Accounts over a DataStore and a BlobStore. The parts of it, a file each: accounts.cpp reads, ingest.cpp
// stores, recent.cpp keeps \Recent, mailboxes.cpp, keywords.cpp, copies.cpp and removal.cpp change.
#pragma once

#include <algorithm>

#include "base/clock.h"
#include "mailbox/account_table.h"
#include "mailbox/accounts.h"
#include "mailbox/announcer.h"
#include "mailbox/draft.h"
#include "mailbox/ingest.h"
#include "mailbox/loader.h"
#include "mailbox/metrics.h"
#include "mailbox/names.h"
#include "mailbox/store_error.h"

namespace gannet::mailbox {

// Messages that one commit changes at most. Larger changes are made in steps, those apart that must be whole. Of a store
// whose transactions are small it is less: most_at_once().
inline constexpr std::size_t kMostAtOnce = 20'000;

// Sorted, each once.
std::vector<Uid> ascending(std::span<const Uid> uids);

// What a loop that retries after conflicts waits between its attempts; gives up in the end.
class Backoff {
 public:
  Backoff(Clock& clock, Random& random) : clock_(clock), random_(random) {}
  // kUnavailable after too many attempts.
  Result<void> wait();
  unsigned attempts() const { return attempts_; }

 private:
  Clock& clock_;
  Random& random_;
  unsigned attempts_ = 0;
};

class AccountsImpl final : public Accounts {
 public:
  AccountsImpl(store::Stores stores, AccountsOptions options, Clock& clock, Random& random);

  Result<std::shared_ptr<const AccountView>> view(AccountId account) override;
  std::optional<std::uint64_t> quota_used_now(AccountId account) override;
  Result<std::vector<std::optional<MessageRecord>>> messages(AccountId account,
                                                             std::span<const DocumentId> documents) override;
  Result<std::string> content(const MessageRecord& message, std::uint64_t offset,
                              std::uint64_t length) override;
  Result<std::vector<std::string>> contents(std::span<const MessageRecord* const> messages) override;
  Result<MailboxChanges> changes(AccountId account, MailboxId mailbox, Modseq since) override;

  Result<std::vector<Uid>> first_recent(AccountId account, std::span<const MailboxId> mailboxes) override;
  Result<Uid> take_recent(AccountId account, MailboxId mailbox, Uid end) override;

  const mime::Limits& mime_limits() const override { return options_.mime; }

  Result<Mailbox> create_mailbox(AccountId account, std::string_view path, Role role) override;
  Result<void> rename_mailbox(AccountId account, std::string_view from, std::string_view to) override;
  Result<void> delete_mailbox(AccountId account, std::string_view path) override;
  Result<Mailbox> adopt_uids(AccountId account, MailboxId mailbox, std::uint32_t uid_validity,
                             Uid first) override;
  Result<void> set_subscribed(AccountId account, std::string_view path, bool subscribed) override;
  Result<std::vector<std::string>> lost_subscriptions(AccountId account) override;

  Result<std::vector<Stored>> store(const IncomingMessage& message, std::span<const Destination> destinations,
                                    const Extra& extra) override;
  std::vector<Result<Stored>> store_in_order(std::span<const Incoming> messages) override;
  void store_later(const IncomingMessage& message, std::span<const Destination> destinations, Extra extra,
                   Done done) override;
  Result<KeywordOutcome> set_keywords(AccountId account, MailboxId mailbox, std::span<const Uid> uids,
                                      KeywordAction action, std::span<const std::string> keywords,
                                      std::optional<Modseq> unless_modified_since) override;
  Result<CopyOutcome> copy(AccountId account, MailboxId from, std::span<const Uid> uids, MailboxId to,
                           std::uint64_t quota) override;
  Result<CopyOutcome> move(AccountId account, MailboxId from, std::span<const Uid> uids,
                           MailboxId to) override;
  Result<std::vector<Uid>> expunge(AccountId account, MailboxId mailbox,
                                   std::optional<std::span<const Uid>> uids) override;
  Result<void> erase(AccountId account) override;
  Result<std::vector<AccountId>> all() override;
  Result<std::uint64_t> reindex(AccountId account) override;
  Subscription subscribe(AccountId account, Listener listener) override;
  Result<std::size_t> announce_changes_of_others() override;

 private:
  // An account's part in a store().
  struct Party {
    Account* account = nullptr;
    std::optional<Error> refusal;  // nothing can be stored there
    std::optional<Draft> draft;
    std::optional<Delta> delta;
  };

  // The account with its columns, as of this call; created at its first use.
  Result<std::shared_ptr<const Account>> current(AccountId id);

  // Runs `build` on a draft of the account and commits it, again from the start after each conflict. Nothing
  // is written if the draft stays empty.
  template <typename T, typename F>  // F: Result<T>(Draft&)
  Result<T> write(AccountId id, Rows rows, F&& build);
  template <typename T, typename F>
  Result<T> write_locked(Account& account, Rows rows, F&& build);

  // After a commit.
  void announce(AccountId account, Modseq modseq);

  DraftContext context() { return {*stores_.data, options_, clock_.now(), random_}; }
  NameLimits name_limits() const { return {options_.max_depth, options_.max_name_length}; }

  // store(): jobs for one account alone meet in its queue.
  Result<void> begin(Job& job);
  Result<std::vector<Stored>> outcome(Job& job);
  void run_in_queue(Job& job);
  void enqueue(std::vector<std::unique_ptr<Job>> before, Job& job);
  void lead(Account& account, std::uint64_t term, const Job* own);
  void run_alone(Job& job);
  void commit_jobs(std::span<Account* const> accounts, std::span<Job* const> jobs);
  Result<void> try_jobs(std::span<Account* const> accounts, std::span<Job* const> jobs);
  Result<std::vector<Party>> meet(std::span<Account* const> accounts, Rows rows, bool look);
  Result<bool> build_jobs(std::span<Party> parties, std::span<Job* const> jobs);
  Result<store::WriteBatch> compose(std::span<Party> parties, std::span<Job* const> jobs);

  // Messages that one commit may change, by the store; and that one does change of what may be cut.
  std::size_t most_of_store() const;
  std::size_t most_at_once() const { return std::min(most_of_store(), kMostAtOnce); }
  Result<CopyOutcome> transfer(AccountId account, MailboxId from, std::span<const Uid> uids, MailboxId to,
                               bool move, std::uint64_t quota);
  struct TransferKind {
    bool move = false;
    std::uint64_t quota = 0;
  };
  // Adds to `out` what is done, also where it fails in the end.
  Result<void> transfer_in_steps(AccountId account, MailboxId from, std::span<const Uid> uids, MailboxId to,
                                 std::size_t at_once, TransferKind kind, CopyOutcome& out);
  void take_back(AccountId account, MailboxId mailbox, std::span<const Uid> uids);
  Result<void> rename_inbox(AccountId account, const std::string& target);
  struct Erased {
    Modseq modseq = 0;  // of this commit
    bool done = false;
  };
  Result<Erased> erase_some(AccountId id, const std::optional<std::string>& record);

  const store::Stores stores_;
  const AccountsOptions options_;
  Clock& clock_;
  Random& random_;
  const Metrics metrics_;
  AccountTable table_;
  Announcer announcer_;
};

template <typename T, typename F>
Result<T> AccountsImpl::write_locked(Account& account, Rows rows, F&& build) {
  Backoff backoff(clock_, random_);
  for (;;) {
    TRY(make_current(*stores_.data, account, rows));
    Draft draft(account.id(), account.contents(), context());
    if (!account.contents().exists()) TRY(draft.create_account());
    Result<T> result = build(draft);
    if (!result || draft.empty()) return result;
    store::WriteBatch batch;
    Delta delta = TRY(draft.finish(batch));
    auto committed = stores_.data->commit(std::move(batch));
    if (committed) {
      account.apply(std::move(delta));
      return result;
    }
    if (!committed.error().is(store::StoreError::kConflict))
      return std::unexpected(from_store(std::move(committed).error()));
    metrics_.conflicts.add();
    TRY(backoff.wait());
  }
}

template <typename T, typename F>
Result<T> AccountsImpl::write(AccountId id, Rows rows, F&& build) {
  const auto account = table_.open(id);
  Modseq before = 0, after = 0;
  const auto result = [&]() -> Result<T> {
    std::lock_guard lock(account->writing());
    before = account->contents().head().modseq;
    auto outcome = write_locked<T>(*account, rows, build);
    after = account->contents().head().modseq;
    return outcome;
  }();
  table_.settle(account);
  if (after != before) announce(id, after);
  return result;
}

}  // namespace gannet::mailbox
