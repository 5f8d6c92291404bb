#include "store/blob_links.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "fsck/outside.h"
#include "fsck/repair.h"
#include "fsck/scan.h"
#include "mailbox/schema.h"
#include "mta/queue/entry.h"
#include "mta/queue/keys.h"
#include "store/subspace.h"

namespace gannet::fsck {
namespace {

using store::BlobId;
using Kind = store::BlobLinkKey::Kind;

// The key and record of a link's owner, and whether that uses the blob.
struct Owner {
  std::string key;
  std::string name;
  std::function<bool(const std::string& record)> uses;
};

// Nothing for an owner of a kind that these checks do not know: it is left alone.
std::optional<Owner> owner_of(const BlobId& blob, std::string_view owner) {
  KeyReader in(owner);
  const auto kind = in.u8();
  if (kind == static_cast<std::uint8_t>(store::Subspace::kQueue)) {
    const auto id = in.u64();
    if (!in.at_end()) return std::nullopt;
    return Owner{mta::entry_key(id), fmt::format("queue entry {:X}", id), [blob](const std::string& record) {
                   const auto entry = mta::decode_entry(record);
                   return !entry || entry->blob == blob;  // what cannot be read may use it
                 }};
  }
  if (kind != static_cast<std::uint8_t>(store::Subspace::kMessage)) return std::nullopt;
  const auto account = in.u32();
  const auto document = in.u32();
  if (!in.at_end()) return std::nullopt;
  return Owner{mailbox::message_key(account, document),
               fmt::format("message {} of account {}", document, account),
               [document, blob](const std::string& record) {
                 const auto message = mailbox::decode_message(document, record);
                 return !message || message->blob == blob;
               }};
}

Result<void> settle_link(const Context& context, const store::KeyValue& link, const BlobId& blob,
                         const std::string& owner_name, const Owner& owner) {
  const auto moment = TRY(context.stores.data->snapshot());
  const auto now = TRY(moment->get_many(std::vector<std::string>{link.key, owner.key}));
  if (!now[0] || (now[1] && owner.uses(*now[1]))) return {};
  // A message whose state is there and whose record is not: the link is the only trace of what it was.
  KeyReader in(owner_name);
  if (in.u8() == static_cast<std::uint8_t>(store::Subspace::kMessage)) {
    const auto account = in.u32();
    if (!now[1] && TRY(moment->get(mailbox::state_key(account, in.u32())))) return {};
  }
  Problem problem{
      {"blob.link", 0, fmt::format("blob {} is held by {}, which is gone", blob.hex(), owner.name)},
      [&, record = now[1], value = *now[0]](store::WriteBatch& batch) {
        batch.require_value(link.key, value);
        record ? batch.require_value(owner.key, *record) : batch.require_absent(owner.key);
        store::unlink_blob(batch, blob, owner_name, context.clock.now(), context.random);
      }};
  return settle(context, std::move(problem));
}

struct Known {
  BlobId blob;
  bool epoch = false, tombstone = false, linked = false;
};

// One that is linked needs an epoch, one that is not needs to be a candidate.
Result<void> settle_blob(const Context& context, const BlobId& blob) {
  const auto moment = TRY(context.stores.data->snapshot());
  const std::string epoch_key = store::blob_link_key(blob, Kind::kEpoch);
  const std::string tombstone_key = store::blob_link_key(blob, Kind::kTombstone);
  const auto now = TRY(moment->get_many(
      std::vector<std::string>{epoch_key, tombstone_key, store::blob_link_key(blob, Kind::kCandidate)}));
  const bool linked = TRY(store::is_linked(*moment, blob));
  if (linked && now[1]) {
    Problem problem{{"blob.tombstone", 0, fmt::format("blob {} is in use and is being removed", blob.hex())},
                    [&](store::WriteBatch& batch) {
                      batch.require_value(tombstone_key, *now[1]);
                      batch.clear(tombstone_key);
                    }};
    return settle(context, std::move(problem));
  }
  if (now[1] || (linked ? now[0].has_value() : !now[0] || now[2])) return {};
  Problem problem{{linked ? "blob.epoch" : "blob.candidate", 0,
                   linked ? fmt::format("blob {} is in use and has no epoch", blob.hex())
                          : fmt::format("blob {} is not in use, and would never be removed", blob.hex())},
                  [&](store::WriteBatch& batch) {
                    now[0] ? batch.require_value(epoch_key, *now[0]) : batch.require_absent(epoch_key);
                    store::reserve_blob(batch, blob, context.clock.now(), context.random);
                  }};
  return settle(context, std::move(problem));
}

Result<void> settle_if_odd(const Context& context, const Known& known) {
  const bool good = known.linked ? known.epoch && !known.tombstone : known.tombstone;
  return good ? Result<void>{} : settle_blob(context, known.blob);
}

Result<void> check_owners(const Context& context, const std::vector<store::KeyValue>& links) {
  std::vector<std::string> keys;
  std::vector<std::tuple<const store::KeyValue*, store::BlobLinkKey, Owner>> known;
  for (const auto& item : links) {
    auto link = store::read_blob_link_key(item.key);
    if (!link || link->kind != Kind::kLink) continue;
    auto owner = owner_of(link->blob, link->owner);
    if (!owner) continue;
    keys.push_back(owner->key);
    known.emplace_back(&item, *std::move(link), *std::move(owner));
  }
  if (keys.empty()) return {};
  const auto records = TRY(context.stores.data->get_many(keys));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto& [item, link, owner] = known[i];
    if (records[i] && owner.uses(*records[i])) continue;
    TRY(settle_link(context, *item, link.blob, link.owner, owner));
  }
  return {};
}

}  // namespace

Result<void> check_blob_links(const Context& context) {
  std::optional<Known> open;
  std::uint64_t done = 0;
  TRY(for_each_page(context, *context.stores.data, store::Range::prefix(store::blob_links_prefix()),
                    [&](const std::vector<store::KeyValue>& items) -> Result<void> {
                      TRY(check_owners(context, items));
                      for (const auto& item : items) {
                        const auto key = store::read_blob_link_key(item.key);
                        if (!key) continue;
                        if (open && open->blob != key->blob) {
                          TRY(settle_if_odd(context, *open));
                          open.reset();
                        }
                        if (!open) open = Known{key->blob};
                        open->epoch |= key->kind == Kind::kEpoch;
                        open->tombstone |= key->kind == Kind::kTombstone;
                        open->linked |= key->kind == Kind::kLink;
                      }
                      context.listener.progress("blob links", done += items.size(), 0);
                      return {};
                    }));
  return open ? settle_if_odd(context, *open) : Result<void>{};
}

Result<void> check_unknown_blobs(const Context& context) {
  std::optional<BlobId> after;
  std::uint64_t done = 0;
  for (;;) {
    if (context.listener.cancelled()) return fail(FsckError::kCancelled, "the check was cancelled");
    const auto blobs = TRY(context.stores.blob->list(after, kPageItems));
    if (blobs.empty()) return {};
    for (const auto& blob : blobs) {
      const auto known = [&]() -> Result<bool> {
        store::Range range = store::Range::prefix(store::blob_links_prefix(&blob));
        range.keys_only = true;
        range.max_items = 1;
        return !TRY(context.stores.data->scan(range)).items.empty();
      };
      // Being put or removed just now? Then it is known before, or gone after.
      if (TRY(known()) || !TRY(context.stores.blob->exists(blob)) || TRY(known())) continue;
      Problem problem{
          {"blob.unknown", 0, fmt::format("blob {} is in the store, and nobody knows of it", blob.hex())},
          [&](store::WriteBatch& batch) {
            batch.require_absent(store::blob_link_key(blob, Kind::kEpoch));
            store::reserve_blob(batch, blob, context.clock.now(), context.random);
          }};
      TRY(settle(context, std::move(problem)));
    }
    after = blobs.back();
    context.listener.progress("blobs", done += blobs.size(), 0);
  }
}

}  // namespace gannet::fsck
