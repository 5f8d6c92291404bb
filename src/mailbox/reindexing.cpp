// Listing messages for the index once more.
#include "base/bytes.h"
#include "mailbox/accounts_impl.h"
#include "search/indexing_list.h"
#include "store/subspace.h"

namespace gannet::mailbox {
namespace {
constexpr std::size_t kAtOnce = 500;
}

Result<std::vector<AccountId>> AccountsImpl::all() {
  std::vector<AccountId> out;
  const auto subspace = static_cast<std::uint8_t>(store::Subspace::kAccount);
  store::Range range{.begin = std::string(1, static_cast<char>(subspace)),
                     .end = std::string(1, static_cast<char>(subspace + 1)),
                     .max_items = 1};
  for (;;) {
    const auto page = TRY(from_store(stores_.data->scan(range)));
    if (page.items.empty()) return out;
    const auto& [first, value] = page.items.front();
    KeyReader in(first);
    in.u8();
    const AccountId id = in.u32();
    const bool erased = first == head_key(id) && decode_head(value).value_or(Head{}).erasing;
    if (!erased) out.push_back(id);
    range.begin = prefix_end(account_prefix(id));
    if (range.begin >= range.end) return out;
  }
}

Result<std::uint64_t> AccountsImpl::reindex(AccountId account) {
  store::WriteBatch forget;
  search::list_forgotten(forget, account, clock_.now());
  TRY(from_store(stores_.data->commit(std::move(forget))));
  std::uint64_t listed = 0;
  store::Range range = store::Range::prefix(message_prefix(account));
  range.max_items = kAtOnce;
  Backoff backoff(clock_, random_);
  for (;;) {
    const auto page = TRY(from_store(stores_.data->scan(range)));
    store::WriteBatch batch;
    for (const auto& item : page.items) {
      const DocumentId document = number_of_key(item.key);
      const auto message = decode_message(document, item.value);
      if (!message) continue;  // damage: fsck's
      // One that is expunged meanwhile must not be listed as if it were there.
      batch.require_value(item.key, item.value);
      search::list_added(batch, account, document, message->blob, message->trace, clock_.now());
      ++listed;
    }
    if (!batch.empty()) {
      auto committed = stores_.data->commit(std::move(batch));
      if (!committed && !committed.error().is(store::StoreError::kConflict))
        return std::unexpected(from_store(std::move(committed).error()));
      if (!committed) {
        listed -= std::min<std::uint64_t>(listed, page.items.size());
        TRY(backoff.wait());
        continue;
      }
    }
    if (!page.more) break;
    range = store::next_range(range, page);
  }
  if (options_.listed) options_.listed();
  return listed;
}

}  // namespace gannet::mailbox
