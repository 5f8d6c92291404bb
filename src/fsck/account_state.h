// One account as a check sees it at one moment, and its repair in the making.
//
// A repair rewrites the Head with the next modseq on condition that it is the one that was read, and starts
// the change log anew: so everybody who holds the account in memory reads it again.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "fsck/run.h"
#include "mailbox/schema.h"
#include "store/data_store.h"

namespace gannet::fsck {

// A message in short: all of an account's are held at once.
struct Brief {
  bool has_state = false, has_record = false;
  std::uint32_t size = 0;         // the state's
  mailbox::ThreadId thread = 0;   // the state's
  std::uint32_t record_size = 0;  // the record's, with what a new state needs
  std::int64_t received = 0;
  mailbox::ThreadId record_thread = 0;
};

// A message in a mailbox.
struct Spot {
  mailbox::Uid uid = 0;
  mailbox::DocumentId document = 0;
};

// What the states say of a mailbox.
struct Tally {
  std::vector<Spot> spots;
  std::uint32_t unseen = 0;
  std::uint64_t bytes = 0;
  mailbox::Modseq highest = 0;
};

struct AccountState {
  mailbox::AccountId id = 0;
  std::optional<std::string> head_record;
  mailbox::Head head;      // as read; nothing where that is not possible
  bool head_lost = false;  // absent though there is mail, or not to be read
  std::map<mailbox::MailboxId, mailbox::Mailbox> mailboxes;
  std::map<std::uint32_t, std::string> keywords;
  std::unordered_map<mailbox::DocumentId, Brief> messages;
  std::map<mailbox::MailboxId, Tally> tallies;

  // --- what the repair leaves
  mailbox::Head new_head;
  std::map<mailbox::MailboxId, mailbox::Mailbox> changed;
  std::map<mailbox::DocumentId, mailbox::MessageState> states;
  store::WriteBatch batch;
  std::size_t fixes = 0;
  bool more = false;  // did not fit in this round
  std::vector<Finding> findings;

  // The mailbox as the repair leaves it.
  mailbox::Mailbox& edit(mailbox::MailboxId number) {
    const auto found = mailboxes.find(number);
    return changed.try_emplace(number, found == mailboxes.end() ? mailbox::Mailbox{} : found->second)
        .first->second;
  }
  mailbox::MessageState& edit(const mailbox::MessageState& state) {
    return states.try_emplace(state.document, state).first->second;
  }
  // Of the repair.
  mailbox::Modseq modseq() const { return new_head.modseq; }

  void lost(std::string check, std::string what) {
    findings.push_back({std::move(check), id, std::move(what), Fate::kLost});
  }
  // Calls `fix` at once where repairs are asked for and there is room in this round. It may add to `batch`,
  // `new_head`, and by edit().
  template <typename F>
  void problem(const Options& options, std::string check, std::string what, F&& fix);
};

inline constexpr std::size_t kAccountFixesAtOnce = 5000;

template <typename F>
void AccountState::problem(const Options& options, std::string check, std::string what, F&& fix) {
  if (options.repair && fixes >= kAccountFixesAtOnce) {
    more = true;
    return;
  }
  if (options.repair) {
    ++fixes;
    fix();
  }
  findings.push_back(
      {std::move(check), id, std::move(what), options.repair ? Fate::kRepaired : Fate::kFound});
}

// The checks of an account, in this order; each sees what the ones before it have read.
Result<void> read_outline(const Context& context, store::Reader& reader, AccountState& account);
Result<void> check_states(const Context& context, store::Reader& reader, AccountState& account);
Result<void> check_messages(const Context& context, store::Reader& reader, AccountState& account);
Result<void> check_mailboxes(const Context& context, store::Reader& reader, AccountState& account);
Result<void> check_places(const Context& context, store::Reader& reader, AccountState& account);
Result<void> check_keywords(const Context& context, store::Reader& reader, AccountState& account);
Result<void> check_threads(const Context& context, store::Reader& reader, AccountState& account);
Result<void> check_change_log(const Context& context, store::Reader& reader, AccountState& account);
Result<void> check_recent(const Context& context, store::Reader& reader, AccountState& account);
Result<void> check_subscriptions(const Context& context, store::Reader& reader, AccountState& account);
Result<void> check_head(const Context& context, store::Reader& reader, AccountState& account);

}  // namespace gannet::fsck
