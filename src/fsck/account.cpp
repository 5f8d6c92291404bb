#include "fsck/account.h"

#include <algorithm>

#include "base/bytes.h"
#include "fsck/account_state.h"
#include "fsck/repair.h"
#include "fsck/scan.h"
#include "store/subspace.h"

namespace gannet::fsck {
namespace {

using store::Subspace;

constexpr int kMostLooks = 5;

// The highest modseq of anything: a head made anew goes on above it.
void raise_modseq(AccountState& account) {
  mailbox::Modseq highest = account.head.modseq;
  for (const auto& [id, box] : account.mailboxes)
    highest = std::max({highest, box.highest_modseq, box.created_modseq});
  for (const auto& [id, tally] : account.tallies) highest = std::max(highest, tally.highest);
  account.new_head.modseq = std::max(account.new_head.modseq, highest + 1);
}

Result<void> look(const Context& context, store::Reader& reader, AccountState& account) {
  TRY(read_outline(context, reader, account));
  // On its way out: the server goes on with that by itself.
  if (account.head.erasing) return {};
  TRY(check_states(context, reader, account));
  if (account.head_lost) raise_modseq(account);
  for (const auto check : {check_messages, check_mailboxes, check_places, check_keywords, check_threads,
                           check_change_log, check_recent, check_subscriptions, check_head})
    TRY(check(context, reader, account));
  return {};
}

// At one moment. Nothing where the account never held still.
Result<std::optional<AccountState>> look_once(const Context& context, mailbox::AccountId id) {
  auto& data = *context.stores.data;
  const auto snapshot = TRY(data.snapshot());
  AccountState account;
  account.id = id;
  auto looked = look(context, *snapshot, account);
  if (looked) return account;
  if (!looked.error().is(store::StoreError::kUnavailable)) return std::unexpected(std::move(looked).error());
  // The snapshot may have lived too long: every commit of an account alters its Head, so two equal ones mean
  // that there was none between.
  for (int i = 0; i < kMostLooks; ++i) {
    account = {};
    account.id = id;
    TRY(look(context, data, account));
    if (TRY(data.get(mailbox::head_key(id))) == account.head_record) return account;
  }
  return std::nullopt;
}

void finish_lost_head(const Context& context, AccountState& account) {
  account.problem(context.options, "account.head",
                  account.head_record ? "the account's head cannot be read" : "the account's head is gone",
                  [&] {
                    mailbox::Head& head = account.new_head;
                    while (head.incarnation == 0) head.incarnation = context.random.next_u64();
                  });
}

Result<bool> write(const Context& context, AccountState& account) {
  const auto id = account.id;
  store::WriteBatch batch = std::move(account.batch);
  if (account.head_record)
    batch.require_value(mailbox::head_key(id), *account.head_record);
  else
    batch.require_absent(mailbox::head_key(id));
  for (const auto& [number, box] : account.changed) batch.set(mailbox::mailbox_key(id, number), encode(box));
  for (const auto& [document, state] : account.states)
    batch.set(mailbox::state_key(id, document), encode(state));
  batch.clear_range(mailbox::change_key(id, 0), mailbox::change_end(id));
  account.new_head.log_floor = account.new_head.modseq;
  batch.set(mailbox::head_key(id), encode(account.new_head));
  return commit(*context.stores.data, std::move(batch));
}

bool is_empty(const AccountState& account) {
  return !account.head_record && account.messages.empty() && account.mailboxes.empty();
}

}  // namespace

Result<void> check_account(const Context& context, mailbox::AccountId id) {
  int conflicts = 0;
  for (int round = 0; round < kMostRounds; ++round) {
    auto account = TRY(look_once(context, id));
    if (!account) break;
    // What a removed account left behind is no account: the checks outside accounts see to it.
    if (account->head.erasing || is_empty(*account)) return {};
    if (account->head_lost) finish_lost_head(context, *account);
    const bool repairs = context.options.repair && account->fixes > 0;
    if (repairs && !TRY(write(context, *account))) {
      if (++conflicts < kMostConflicts) continue;
      break;
    }
    const bool last = !repairs;
    for (const auto& finding : account->findings)
      if (last || finding.fate == Fate::kRepaired) context.listener.found(finding);
    if (last) return {};
  }
  context.listener.found(
      {"account.busy", id, "the account changed all the time; check it again later", Fate::kUnchecked});
  return {};
}

Result<std::optional<mailbox::AccountId>> first_account(const Context& context,
                                                        std::initializer_list<Subspace> subspaces,
                                                        mailbox::AccountId from) {
  std::optional<mailbox::AccountId> first;
  for (const auto subspace : subspaces) {
    const auto byte = static_cast<std::uint8_t>(subspace);
    const store::Range range{.begin = KeyWriter(byte).u32(from).take(),
                             .end = std::string(1, static_cast<char>(byte + 1)),
                             .keys_only = true,
                             .max_items = 1};
    const auto page = TRY(context.stores.data->scan(range));
    if (page.items.empty()) continue;
    KeyReader in(page.items.front().key);
    in.u8();
    const auto account = in.u32();
    if (in.ok()) first = std::min(first.value_or(account), account);
  }
  return first;
}

Result<std::optional<mailbox::AccountId>> next_account(const Context& context, mailbox::AccountId from) {
  return first_account(
      context,
      {Subspace::kAccount, Subspace::kMessage, Subspace::kState, Subspace::kThread, Subspace::kChange}, from);
}

}  // namespace gannet::fsck
