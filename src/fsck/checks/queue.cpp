// The queue: each entry has one due key, each due key its entry, and each entry holds its blob.
#include <fmt/format.h>

#include "fsck/outside.h"
#include "fsck/repair.h"
#include "fsck/scan.h"
#include "mta/queue/entry.h"
#include "mta/queue/keys.h"
#include "store/blob_links.h"

namespace gannet::fsck {
namespace {

using Kind = store::BlobLinkKey::Kind;

std::string name_of(std::uint64_t id) {
  return fmt::format("queue entry {:X}", id);
}

Result<void> settle_entry(const Context& context, const std::string& key) {
  const auto moment = TRY(context.stores.data->snapshot());
  const auto record = TRY(moment->get(key));
  if (!record) return {};
  const auto id = mta::id_of_entry_key(key);
  const auto entry = mta::decode_entry(*record);
  if (!entry || entry->id != id)
    return settle(context, {{"queue.entry", 0, name_of(id) + " cannot be read"}, nullptr});
  const std::string owner = mta::blob_owner(id);
  const std::vector<std::string> keys{mta::due_key(entry->due, id),
                                      store::blob_link_key(entry->blob, Kind::kLink, owner)};
  const auto found = TRY(moment->get_many(keys));
  if (!found[0])
    TRY(settle(context,
               {{"queue.due", 0, name_of(id) + " would never be tried again"}, [&](store::WriteBatch& batch) {
                  batch.require_value(key, *record);
                  batch.set(keys[0], {});
                }}));
  if (!found[1])
    TRY(settle(context,
               {{"queue.link", 0, name_of(id) + " does not hold its message, which could be collected"},
                [&](store::WriteBatch& batch) {
                  batch.require_value(key, *record);
                  store::link_blob(batch, entry->blob, owner, context.clock.now(), context.random);
                }}));
  if (!TRY(context.stores.blob->exists(entry->blob)) && TRY(context.stores.data->get(key)))
    TRY(settle(context, {{"queue.blob", 0,
                          fmt::format("{}: its message is gone (blob {})", name_of(id), entry->blob.hex())},
                         nullptr}));
  return {};
}

// Whether everything is as it should be, at a first look.
Result<std::vector<std::string>> odd_entries(const Context& context,
                                             const std::vector<store::KeyValue>& items) {
  std::vector<std::string> odd, keys;
  std::vector<const store::KeyValue*> of;
  for (const auto& item : items) {
    const auto id = mta::id_of_entry_key(item.key);
    const auto entry = mta::decode_entry(item.value);
    if (!entry || entry->id != id || !TRY(context.stores.blob->exists(entry->blob))) {
      odd.push_back(item.key);
      continue;
    }
    keys.push_back(mta::due_key(entry->due, id));
    keys.push_back(store::blob_link_key(entry->blob, Kind::kLink, mta::blob_owner(id)));
    of.push_back(&item);
  }
  if (keys.empty()) return odd;
  const auto found = TRY(context.stores.data->get_many(keys));
  for (std::size_t i = 0; i < of.size(); ++i)
    if (!found[2 * i] || !found[2 * i + 1]) odd.push_back(of[i]->key);
  return odd;
}

Result<void> settle_due(const Context& context, const std::string& key) {
  const auto due = mta::read_due(key);
  const auto moment = TRY(context.stores.data->snapshot());
  if (!TRY(moment->get(key))) return {};
  const std::string entry_key = mta::entry_key(due ? due->id : 0);
  const auto record = TRY(moment->get(entry_key));
  if (record) {
    const auto entry = mta::decode_entry(*record);
    // One that cannot be read keeps its key.
    if (!entry || mta::due_key(entry->due, due->id) == key) return {};
  }
  return settle(context,
                {{"queue.stray", 0,
                  due ? "a due key of " + name_of(due->id) + " is left over" : "a due key cannot be read"},
                 [&](store::WriteBatch& batch) {
                   record ? batch.require_value(entry_key, *record) : batch.require_absent(entry_key);
                   batch.clear(key);
                 }});
}

}  // namespace

Result<void> check_queue(const Context& context) {
  auto& data = *context.stores.data;
  context.listener.progress("queue", 0, 0);
  TRY(for_each_page(context, data, store::Range::prefix(mta::entry_prefix()),
                    [&](const std::vector<store::KeyValue>& items) -> Result<void> {
                      for (const auto& key : TRY(odd_entries(context, items)))
                        TRY(settle_entry(context, key));
                      return {};
                    }));
  return for_each_page(context, data, store::Range::prefix(mta::due_prefix()),
                       [&](const std::vector<store::KeyValue>& items) -> Result<void> {
                         std::vector<std::string> keys;
                         for (const auto& item : items) {
                           const auto due = mta::read_due(item.key);
                           keys.push_back(mta::entry_key(due ? due->id : 0));
                         }
                         const auto entries = TRY(data.get_many(keys));
                         for (std::size_t i = 0; i < items.size(); ++i) {
                           const auto entry =
                               entries[i] ? std::optional(mta::decode_entry(*entries[i])) : std::nullopt;
                           if (entry && *entry && mta::due_key((*entry)->due, (*entry)->id) == items[i].key)
                             continue;
                           TRY(settle_due(context, items[i].key));
                         }
                         return {};
                       });
}

}  // namespace gannet::fsck
