// \Recent: one number a mailbox, the first UID that no session has taken yet (RFC 3501 2.3.2).
//
// It is no part of the account's sequence: it changes nothing that another session could be told of, so it
// takes no modseq, moves no head, and is in nobody's way. Its own value is the condition on which it moves;
// so of two sessions, on one node or two, one takes a message and the other does not.
#include "mailbox/accounts_impl.h"

namespace gannet::mailbox {
namespace {

Result<Uid> first_of(const std::optional<std::string>& record) {
  if (!record) return Uid{1};
  return decode_recent(*record);
}

}  // namespace

Result<std::vector<Uid>> AccountsImpl::first_recent(AccountId account, std::span<const MailboxId> mailboxes) {
  std::vector<std::string> keys;
  keys.reserve(mailboxes.size());
  for (const MailboxId mailbox : mailboxes) keys.push_back(recent_key(account, mailbox));
  std::vector<Uid> out;
  out.reserve(mailboxes.size());
  for (const auto& record : TRY(from_store(stores_.data->get_many(keys))))
    out.push_back(TRY(first_of(record)));
  return out;
}

Result<Uid> AccountsImpl::take_recent(AccountId account, MailboxId mailbox, Uid end) {
  const std::string key = recent_key(account, mailbox);
  for (Backoff backoff(clock_, random_);;) {
    const auto record = TRY(from_store(stores_.data->get(key)));
    const Uid first = TRY(first_of(record));
    if (first >= end || !stores_.data->writable()) return first;
    store::WriteBatch batch;
    // Lost in a power cut, it makes a message recent again; no client hears of a sync for it.
    batch.set_durability(store::Durability::kRelaxed);
    if (record)
      batch.require_value(key, *record);
    else
      batch.require_absent(key);
    batch.set(key, encode_recent(end));
    const auto committed = stores_.data->commit(std::move(batch));
    if (committed || !committed.error().is(store::StoreError::kConflict)) return first;
    TRY(backoff.wait());
  }
}

}  // namespace gannet::mailbox
