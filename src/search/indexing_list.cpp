#include "search/indexing_list.h"

#include <algorithm>

#include "base/bytes.h"
#include "search/schema.h"
#include "store/subspace.h"

namespace gannet::search {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr auto kSubspace = static_cast<std::uint8_t>(store::Subspace::kIndexing);

std::string key_of(std::uint32_t account, std::uint32_t document) {
  return KeyWriter(kSubspace).u32(account).u32(document).take();
}

RecordWriter record_of(Waiting::Work work, WallTime now) {
  RecordWriter out(kVersion);
  out.u8(static_cast<std::uint8_t>(work)).signed_varint(to_unix_ms(now));
  return out;
}

store::Range from_account(std::uint32_t account) {
  return {.begin = key_of(account, 0), .end = std::string(1, static_cast<char>(kSubspace + 1))};
}

}  // namespace

void list_added(store::WriteBatch& batch, std::uint32_t account, std::uint32_t document,
                const store::BlobId& blob, std::string_view trace, WallTime now) {
  batch.set(key_of(account, document),
            record_of(Waiting::Work::kAdd, now).raw(blob.raw()).string(trace).take());
}

void list_removed(store::WriteBatch& batch, std::uint32_t account, std::uint32_t document, WallTime now) {
  batch.set(key_of(account, document), record_of(Waiting::Work::kRemove, now).take());
}

void list_forgotten(store::WriteBatch& batch, std::uint32_t account, WallTime now) {
  const auto prefix = waiting_prefix(account);
  batch.clear_range(prefix, prefix_end(prefix));
  batch.set(key_of(account, 0), record_of(Waiting::Work::kForget, now).take());
}

void list_rebuild(store::WriteBatch& batch, std::uint32_t account, WallTime since, std::string_view position,
                  std::optional<std::uint64_t> messages) {
  auto record = record_of(Waiting::Work::kRebuild, since);
  record.string(position);
  if (messages) record.varint(*messages);
  batch.set(key_of(account, 0), record.take());
}

std::string waiting_prefix(std::uint32_t account) {
  return KeyWriter(kSubspace).u32(account).take();
}

Result<Waiting> decode_waiting(std::string_view key, std::string_view record) {
  KeyReader name(key);
  Waiting out;
  const auto subspace = name.u8();
  out.account = name.u32();
  out.document = name.u32();
  RecordReader in(record);
  const auto version = in.u8();
  const auto work = in.u8();
  out.work = static_cast<Waiting::Work>(work);
  out.since = from_unix_ms(in.signed_varint());
  if (out.work == Waiting::Work::kAdd) {
    out.blob = store::BlobId::from_raw(in.raw(store::BlobId{}.bytes.size()));
    out.trace = in.string();
  }
  if (out.work == Waiting::Work::kRebuild) {
    out.position = in.string();
    if (in.remaining() > 0) out.messages = in.varint();
  }
  if (!name.at_end() || subspace != kSubspace || version != kVersion || !in.at_end() || work < 1 ||
      work > 4 || (out.work == Waiting::Work::kAdd && !out.blob))
    return damaged("what waits to be indexed");
  out.key = key;
  out.record = record;
  return out;
}

Result<std::optional<std::uint32_t>> next_waiting_account(store::Reader& reader, std::uint32_t from) {
  auto range = from_account(from);
  range.keys_only = true;
  range.max_items = 1;
  const auto page = TRY(reader.scan(range));
  if (page.items.empty()) return std::nullopt;
  KeyReader in(page.items.front().key);
  in.u8();
  return in.u32();
}

Result<Lag> lag(store::Reader& reader) {
  Lag out;
  for (auto range = from_account(0);;) {
    const auto page = TRY(reader.scan(range));
    for (const auto& item : page.items) {
      const auto entry = decode_waiting(item.key, item.value);
      out.waiting += entry ? std::max<std::uint64_t>(1, entry->messages.value_or(1)) : 1;
      if (entry && (!out.oldest || entry->since < *out.oldest)) out.oldest = entry->since;
    }
    if (!page.more) return out;
    range = store::next_range(range, page);
  }
}

}  // namespace gannet::search
