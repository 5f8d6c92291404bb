// What waits for the index: of messages that are there, of accounts that are there.
#include <fmt/format.h>

#include "base/bytes.h"
#include "fsck/outside.h"
#include "fsck/repair.h"
#include "fsck/scan.h"
#include "mailbox/schema.h"
#include "search/indexing_list.h"
#include "store/subspace.h"

namespace gannet::fsck {
namespace {

using search::Waiting;

bool is_odd(const Result<Waiting>& entry, bool has_message) {
  if (!entry) return true;
  return entry->work == Waiting::Work::kAdd && !has_message;
}

std::pair<std::uint32_t, std::uint32_t> place_of(std::string_view key) {
  KeyReader in(key);
  in.u8();
  const auto account = in.u32();
  return {account, in.u32()};
}

Result<void> settle_entry(const Context& context, const std::string& key) {
  const auto [account, document] = place_of(key);
  const auto moment = TRY(context.stores.data->snapshot());
  const std::string message_key = mailbox::message_key(account, document);
  const auto now = TRY(moment->get_many(std::vector<std::string>{key, message_key}));
  if (!now[0] || !is_odd(search::decode_waiting(key, *now[0]), now[1].has_value())) return {};
  const auto message = now[1] ? std::optional(mailbox::decode_message(document, *now[1])) : std::nullopt;
  return settle(context, {{"index.waiting", account,
                           fmt::format("message {} waits for the index and {}", document,
                                       now[1] ? "the entry cannot be read" : "is gone")},
                          [&](store::WriteBatch& batch) {
                            batch.require_value(key, *now[0]);
                            if (now[1])
                              batch.require_value(message_key, *now[1]);
                            else
                              batch.require_absent(message_key);
                            if (message && *message)
                              search::list_added(batch, account, document, (*message)->blob,
                                                 (*message)->trace, context.clock.now());
                            else if (document == 0)
                              batch.clear(key);
                            else
                              search::list_removed(batch, account, document, context.clock.now());
                          }});
}

}  // namespace

Result<void> check_indexing(const Context& context) {
  const auto subspace = static_cast<std::uint8_t>(store::Subspace::kIndexing);
  context.listener.progress("what waits for the index", 0, 0);
  return for_each_page(
      context, *context.stores.data, store::Range::prefix(std::string(1, static_cast<char>(subspace))),
      [&](const std::vector<store::KeyValue>& items) -> Result<void> {
        std::vector<std::string> keys;
        for (const auto& item : items) {
          const auto [account, document] = place_of(item.key);
          keys.push_back(mailbox::message_key(account, document));
        }
        const auto messages = TRY(context.stores.data->get_many(keys));
        for (std::size_t i = 0; i < items.size(); ++i)
          if (is_odd(search::decode_waiting(items[i].key, items[i].value), messages[i].has_value()))
            TRY(settle_entry(context, items[i].key));
        return {};
      });
}

}  // namespace gannet::fsck
