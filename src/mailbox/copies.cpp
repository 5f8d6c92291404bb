// Copying and moving messages between the mailboxes of an account.
#include <algorithm>

#include "mailbox/accounts_impl.h"
#include "mailbox/message_changes.h"
#include "observe/log.h"

namespace gannet::mailbox {
namespace {

// One call's work on a draft. A message gets a further place; where the target holds it already, a message of
// its own is made of the same blob.
class Transfer {
 public:
  Transfer(Draft& draft, MailboxId from, MailboxId to, bool move, std::uint64_t quota)
      : draft_(draft), from_(from), to_(to), move_(move), quota_(quota) {}

  Result<CopyOutcome> run(std::span<const Uid> uids) {
    if (!draft_.find(from_) || !draft_.find(to_))
      return fail(MailboxError::kNotFound, "there is no such mailbox");
    CopyOutcome out;
    out.uid_validity = draft_.find(to_)->uid_validity;
    columns_ = draft_.base().columns(from_);
    std::vector<std::size_t> indexes;
    for (const Uid uid : uids)
      if (const std::size_t index = columns_ ? columns_->find(uid) : Columns::npos; index != Columns::npos)
        indexes.push_back(index);
    if (indexes.empty()) return out;
    draft_.begin_change();
    TRY(read_records(indexes));
    Mailbox& target = *draft_.edit(to_);
    added_.mailbox = to_;
    removed_.mailbox = from_;
    for (const std::size_t index : indexes) {
      const Uid uid = TRY(draft_.take_uid(target));
      out.from.push_back(columns_->uids()[index]);
      out.to.push_back(uid);
      TRY(transfer(index, uid, target));
    }
    finish();
    return out;
  }

 private:
  static bool holds(const MessageState& state, MailboxId mailbox, Uid except) {
    return std::ranges::any_of(
        state.places, [&](const Place& place) { return place.mailbox == mailbox && place.uid != except; });
  }
  // Moved within one mailbox, the place that goes does not count.
  bool doubles(const MessageState& state, Uid uid) const {
    return holds(state, to_, move_ && from_ == to_ ? uid : 0);
  }

  // Of those that must be made once more.
  Result<void> read_records(const std::vector<std::size_t>& indexes) {
    std::vector<std::string> keys;
    std::vector<DocumentId> documents;
    for (const std::size_t index : indexes) {
      const MessageState state = draft_.base().state(from_, index);
      if (!doubles(state, columns_->uids()[index])) continue;
      documents.push_back(state.document);
      keys.push_back(message_key(draft_.account(), state.document));
    }
    const auto records = TRY(from_store(draft_.context().data.get_many(keys)));
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (!records[i]) return fail(MailboxError::kCorrupt, "mail of this account cannot be read");
      records_.emplace(documents[i], TRY(decode_message(documents[i], *records[i])));
    }
    return {};
  }

  Result<void> transfer(std::size_t index, Uid uid, Mailbox& target) {
    MessageState state = draft_.base().state(from_, index);
    const Row source = columns_->row(index);
    Row row = source;
    row.uid = uid;
    row.modseq = draft_.modseq();
    row.saved = to_unix_ms(draft_.context().now);
    const Place place{to_, uid, row.modseq, row.saved, row.keywords.has(KeywordSet::kDeleted)};
    const bool twice = doubles(state, source.uid);
    const bool was_shared = state.places.size() > 1;
    if (move_) take_out(state, source);
    if (twice)
      TRY(make_another(state, place, row));
    else
      state.places.push_back(place);
    if (was_shared || state.places.size() > 1) share(state);
    if (move_ || !twice) draft_.batch().set(state_key(draft_.account(), state.document), encode(state));
    Draft::count_in(target, row);
    added_.rows.push_back(std::move(row));
    return {};
  }

  void take_out(MessageState& state, const Row& source) {
    std::erase_if(state.places,
                  [&](const Place& place) { return place.mailbox == from_ && place.uid == source.uid; });
    removed_.gone.push_back({source.uid, source.document, source.thread, false});
    Draft::count_out(*draft_.edit(from_), source);
  }

  void share(const MessageState& state) {
    Shared& places = shared_.emplace_back(Shared{state.document, {}});
    for (const Place& place : state.places) places.places.emplace_back(place.mailbox, place.uid);
  }

  Result<void> make_another(const MessageState& original, const Place& place, Row& row) {
    Head& head = draft_.head();
    if (quota_ != 0 && (row.size > quota_ || head.used > quota_ - row.size))
      return fail(MailboxError::kOverQuota, "the mailbox is full", Retry::kCanHelp);
    head.used += row.size;
    MessageRecord record = records_.at(row.document);
    record.document = row.document = TRY(draft_.take_document());
    MessageState state = original;
    state.document = row.document;
    state.places = {place};
    draft_.add_message(std::move(record), std::move(state));
    return {};
  }

  void finish() {
    draft_.touch_messages(*draft_.edit(to_));
    if (move_) {
      draft_.touch_messages(*draft_.edit(from_));
      draft_.add_step(std::move(removed_));
    }
    draft_.add_step(std::move(added_));
    for (auto& one : shared_) draft_.add_step(std::move(one));
  }

  Draft& draft_;
  const MailboxId from_;
  const MailboxId to_;
  const bool move_;
  const std::uint64_t quota_;
  const Columns* columns_ = nullptr;
  std::map<DocumentId, MessageRecord> records_;
  Added added_;
  Removed removed_;
  std::vector<Shared> shared_;
};

}  // namespace

Result<CopyOutcome> AccountsImpl::transfer(AccountId account, MailboxId from, std::span<const Uid> uids,
                                           MailboxId to, bool move, std::uint64_t quota) {
  const std::vector<Uid> sorted = ascending(uids);
  return write<CopyOutcome>(account, Rows::kNeeded,
                            [&](Draft& draft) { return Transfer(draft, from, to, move, quota).run(sorted); });
}

// In one commit where the store takes it; else a copy that cannot be finished is taken back (RFC 9051 6.4.7).
Result<CopyOutcome> AccountsImpl::copy(AccountId account, MailboxId from, std::span<const Uid> uids,
                                       MailboxId to, std::uint64_t quota) {
  const std::vector<Uid> sorted = ascending(uids);
  CopyOutcome out;
  auto done =
      transfer_in_steps(account, from, sorted, to, most_of_store(), {.move = false, .quota = quota}, out);
  if (done) return out;
  take_back(account, to, out.to);
  return std::unexpected(done.error());
}

// What a move makes once more it takes away elsewhere, so quotas do not keep anybody from it. It is whole for each
// message, not for all of them (RFC 6851 3.3), so it may take several commits.
Result<CopyOutcome> AccountsImpl::move(AccountId account, MailboxId from, std::span<const Uid> uids,
                                       MailboxId to) {
  const std::vector<Uid> sorted = ascending(uids);
  CopyOutcome out;
  TRY(transfer_in_steps(account, from, sorted, to, most_at_once(), {.move = true, .quota = 0}, out));
  return out;
}

Result<void> AccountsImpl::transfer_in_steps(AccountId account, MailboxId from, std::span<const Uid> uids,
                                             MailboxId to, std::size_t at_once, TransferKind kind,
                                             CopyOutcome& out) {
  std::size_t first = 0;
  do {
    const auto some = uids.subspan(first, std::min(at_once, uids.size() - first));
    const auto part = TRY(transfer(account, from, some, to, kind.move, kind.quota));
    out.uid_validity = part.uid_validity;
    out.from.insert(out.from.end(), part.from.begin(), part.from.end());
    out.to.insert(out.to.end(), part.to.begin(), part.to.end());
    first += some.size();
  } while (first < uids.size());
  return {};
}

// What cannot be taken back either stays, and the log tells.
void AccountsImpl::take_back(AccountId account, MailboxId mailbox, std::span<const Uid> uids) {
  for (std::size_t first = 0; first < uids.size();) {
    const auto some = uids.subspan(first, std::min(most_at_once(), uids.size() - first));
    const auto gone = write<bool>(account, Rows::kNeeded, [&](Draft& draft) -> Result<bool> {
      const Columns* columns = draft.find(mailbox) ? draft.base().columns(mailbox) : nullptr;
      std::vector<Uid> there;
      for (const Uid uid : some)
        if (columns && columns->find(uid) != Columns::npos) there.push_back(uid);
      if (there.empty()) return true;
      draft.begin_change();
      TRY(remove_from(draft, mailbox, there));
      return true;
    });
    if (!gone) return observe::error("mailbox.copy-left", {{"account", account}, {"error", gone.error()}});
    first += some.size();
  }
}

}  // namespace gannet::mailbox
