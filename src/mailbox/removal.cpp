// Expunging messages, and erasing whole accounts.
#include <algorithm>

#include "base/bytes.h"
#include "mailbox/accounts_impl.h"
#include "mailbox/message_changes.h"
#include "search/indexing_list.h"
#include "store/blob_links.h"

namespace gannet::mailbox {
namespace {

constexpr std::size_t kEraseAtOnce = 500;

// Those of `uids`, or of all, that are \Deleted; at most `most`.
std::vector<Uid> deleted_ones(const Columns& columns, const std::optional<std::vector<Uid>>& uids,
                              std::size_t most) {
  std::vector<Uid> out;
  const auto add = [&](std::size_t index) {
    if (columns.low(index) >> KeywordSet::kDeleted & 1) out.push_back(columns.uids()[index]);
    return out.size() < most;
  };
  if (!uids) {
    for (std::size_t i = 0; i < columns.size() && add(i); ++i) {
    }
    return out;
  }
  for (const Uid uid : *uids)
    if (const std::size_t index = columns.find(uid); index != Columns::npos && !add(index)) break;
  return out;
}

}  // namespace

Result<std::vector<Uid>> AccountsImpl::expunge(AccountId account, MailboxId mailbox,
                                               std::optional<std::span<const Uid>> uids) {
  std::optional<std::vector<Uid>> wanted;
  if (uids) wanted = ascending(*uids);
  std::vector<Uid> out;
  const std::size_t most = most_at_once();
  for (;;) {
    const auto some =
        TRY(write<std::vector<Uid>>(account, Rows::kNeeded, [&](Draft& draft) -> Result<std::vector<Uid>> {
          if (!draft.find(mailbox)) return fail(MailboxError::kNotFound, "there is no such mailbox");
          const Columns* columns = draft.base().columns(mailbox);
          if (!columns) return std::vector<Uid>{};
          auto gone = deleted_ones(*columns, wanted, most);
          if (gone.empty()) return gone;
          draft.begin_change();
          TRY(remove_from(draft, mailbox, gone));
          return gone;
        }));
    out.insert(out.end(), some.begin(), some.end());
    if (some.size() < most) break;
  }
  std::ranges::sort(out);
  return out;
}

// The first commit closes the account to everybody; then its messages go, piece by piece; the last takes what is left.
// The head stays as a tombstone: account numbers are not given twice, and mail that is on its way, or a session that
// is still open, must not bring the account back to life. Each commit may be repeated: so an erasure that was cut short
// goes on from there.
Result<void> AccountsImpl::erase(AccountId id) {
  const auto account = table_.open(id);
  Modseq modseq = 0;
  {
    std::lock_guard lock(account->writing());
    Backoff backoff(clock_, random_);
    for (bool done = false; !done;) {
      auto more = erase_some(id, TRY(from_store(stores_.data->get(head_key(id)))));
      if (more) {
        modseq = more->modseq;
        done = more->done;
      } else if (more.error().is(store::StoreError::kConflict)) {
        TRY(backoff.wait());
      } else {
        return std::unexpected(from_store(std::move(more).error()));
      }
    }
    account->replace(Contents{});
  }
  table_.forget(id);
  announce(id, modseq);
  return {};
}

// One more commit.
Result<AccountsImpl::Erased> AccountsImpl::erase_some(AccountId id,
                                                      const std::optional<std::string>& record) {
  Head head = record ? TRY(decode_head(*record)) : Head{};
  store::WriteBatch batch;
  if (record)
    batch.require_value(head_key(id), *record);
  else
    batch.require_absent(head_key(id));
  Erased out{.modseq = ++head.modseq};
  if (!head.erasing) {
    head.erasing = true;
    out.done = !record;  // it was never used
  } else {
    store::Range range = store::Range::prefix(message_prefix(id));
    range.max_items = kEraseAtOnce;
    const store::Page page = TRY(stores_.data->scan(range));
    for (const auto& item : page.items) {
      const DocumentId document = number_of_key(item.key);
      if (const auto message = decode_message(document, item.value))
        store::unlink_blob(batch, message->blob, blob_owner(id, document), clock_.now(), random_);
      batch.clear(item.key);
      batch.clear(state_key(id, document));
    }
    if (page.items.empty()) {
      for (const auto& prefix :
           {account_prefix(id), state_prefix(id), change_account_prefix(id), thread_prefix(id)})
        batch.clear_range(prefix, prefix_end(prefix));
      search::list_forgotten(batch, id, clock_.now());
      out.done = true;
    }
  }
  batch.set(head_key(id), encode(head));
  TRY(stores_.data->commit(std::move(batch)));
  return out;
}

}  // namespace gannet::mailbox
