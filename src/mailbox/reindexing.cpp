// Listing accounts for the index once more.
#include "base/bytes.h"
#include "mailbox/accounts_impl.h"
#include "search/indexing_list.h"
#include "store/subspace.h"

namespace gannet::mailbox {

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
  std::uint64_t messages = 0;
  store::Range range = store::Range::prefix(message_prefix(account));
  range.keys_only = true;
  for (;;) {
    const auto page = TRY(from_store(stores_.data->scan(range)));
    messages += page.items.size();
    if (!page.more) break;
    range = store::next_range(range, page);
  }
  store::WriteBatch batch;
  search::list_rebuild(batch, account, clock_.now(), {}, messages);
  TRY(from_store(stores_.data->commit(std::move(batch))));
  if (options_.listed) options_.listed();
  return messages;
}

}  // namespace gannet::mailbox
