#include "store/blob_links.h"

#include <utility>

#include "base/bytes.h"
#include "store/subspace.h"

namespace gannet::store {
namespace {

std::string of_blob(const BlobId& blob, std::uint8_t what) {
  return KeyWriter(static_cast<std::uint8_t>(Subspace::kBlobLink)).u8('b').raw(blob.raw()).u8(what).take();
}
std::string epoch_key(const BlobId& blob) {
  return of_blob(blob, 'e');
}
std::string link_prefix(const BlobId& blob) {
  return of_blob(blob, 'l');
}
std::string tombstone_key(const BlobId& blob) {
  return of_blob(blob, 't');
}
std::string candidate_prefix() {
  return KeyWriter(static_cast<std::uint8_t>(Subspace::kBlobLink)).u8('c').take();
}
std::string candidate_key(const BlobId& blob) {
  return candidate_prefix() + std::string(blob.raw());
}

// The random part tells two epochs of one millisecond apart.
std::string fresh_epoch(WallTime now, Random& random) {
  return RecordWriter(1).signed_varint(to_unix_ms(now)).raw(random.bytes(8)).take();
}

WallTime epoch_time(std::string_view epoch) {
  RecordReader in(epoch);
  in.u8();
  return from_unix_ms(in.signed_varint());
}

// What a step of the collector came to.
enum class Verdict { kRemoved, kKept };

// A pass that was cut short leaves its tombstone; another takes it over after this time, in which a removal
// has surely ended.
constexpr Duration kTakeOver = std::chrono::minutes(10);

// Commits; a conflict means that somebody used the blob meanwhile, so it stays.
Result<bool> unless_used(DataStore& data, WriteBatch batch) {
  auto committed = data.commit(std::move(batch));
  if (committed) return true;
  if (committed.error().is(StoreError::kConflict)) return false;
  return std::unexpected(std::move(committed).error());
}

// `tombstone` is there and ours: no link can be made until it is gone.
Result<Verdict> finish(DataStore& data, BlobStore& blobs, const BlobId& blob, const std::string& tombstone) {
  WriteBatch batch;
  batch.require_value(tombstone_key(blob), tombstone);
  batch.clear(tombstone_key(blob));
  batch.clear(candidate_key(blob));
  TRY(blobs.remove_with(batch, blob));
  return TRY(unless_used(data, std::move(batch))) ? Verdict::kRemoved : Verdict::kKept;
}

Result<Verdict> take_over(DataStore& data, BlobStore& blobs, const BlobId& blob, const std::string& found,
                          const std::string& ours) {
  if (epoch_time(found) + kTakeOver > epoch_time(ours)) return Verdict::kKept;
  WriteBatch batch;
  batch.require_value(tombstone_key(blob), found);
  batch.set(tombstone_key(blob), ours);
  if (!TRY(unless_used(data, std::move(batch)))) return Verdict::kKept;
  return finish(data, blobs, blob, ours);
}

Result<Verdict> collect_one(DataStore& data, BlobStore& blobs, const BlobId& blob, WallTime now,
                            Duration grace, Random& random) {
  const std::string tombstone = fresh_epoch(now, random);
  if (const auto found = TRY(data.get(tombstone_key(blob))))
    return take_over(data, blobs, blob, *found, tombstone);
  const auto epoch = TRY(data.get(epoch_key(blob)));
  WriteBatch batch;
  if (epoch)
    batch.require_value(epoch_key(blob), *epoch);
  else
    batch.require_absent(epoch_key(blob));
  if (TRY(is_linked(data, blob))) {
    batch.clear(candidate_key(blob));  // the next unlink makes it a candidate again
    TRY(unless_used(data, std::move(batch)));
    return Verdict::kKept;
  }
  if (epoch && epoch_time(*epoch) + grace > now) return Verdict::kKept;
  batch.require_absent(tombstone_key(blob));
  batch.clear(epoch_key(blob));
  batch.set(tombstone_key(blob), tombstone);
  if (!TRY(unless_used(data, std::move(batch)))) return Verdict::kKept;
  return finish(data, blobs, blob, tombstone);
}

}  // namespace

std::string blob_link_key(const BlobId& blob, BlobLinkKey::Kind kind, std::string_view owner) {
  if (kind == BlobLinkKey::Kind::kCandidate) return candidate_key(blob);
  return of_blob(blob, static_cast<std::uint8_t>(kind)) + std::string(owner);
}

std::optional<BlobLinkKey> read_blob_link_key(std::string_view key) {
  KeyReader in(key);
  const auto subspace = in.u8();
  const auto list = in.u8();
  const auto blob = BlobId::from_raw(in.raw(BlobId{}.bytes.size()));
  if (!in.ok() || !blob || subspace != static_cast<std::uint8_t>(Subspace::kBlobLink)) return std::nullopt;
  BlobLinkKey out{*blob, BlobLinkKey::Kind::kCandidate, {}};
  if (list == 'b') {
    const auto kind = in.u8();
    if (kind != 'e' && kind != 'l' && kind != 't') return std::nullopt;
    out.kind = static_cast<BlobLinkKey::Kind>(kind);
    if (out.kind == BlobLinkKey::Kind::kLink) out.owner = in.rest();
  } else if (list != 'c') {
    return std::nullopt;
  }
  if (!in.at_end()) return std::nullopt;
  return out;
}

std::string blob_links_prefix(const BlobId* blob) {
  KeyWriter out(static_cast<std::uint8_t>(Subspace::kBlobLink));
  out.u8('b');
  if (blob) out.raw(blob->raw());
  return out.take();
}

void link_blob(WriteBatch& batch, const BlobId& blob, std::string_view owner, WallTime now, Random& random) {
  batch.require_absent(tombstone_key(blob));
  batch.set(epoch_key(blob), fresh_epoch(now, random));
  batch.set(link_prefix(blob) + std::string(owner), RecordWriter(1).take());
}

void unlink_blob(WriteBatch& batch, const BlobId& blob, std::string_view owner, WallTime now,
                 Random& random) {
  batch.set(epoch_key(blob), fresh_epoch(now, random));
  batch.clear(link_prefix(blob) + std::string(owner));
  batch.set(candidate_key(blob), RecordWriter(1).take());
}

void reserve_blob(WriteBatch& batch, const BlobId& blob, WallTime now, Random& random) {
  batch.require_absent(tombstone_key(blob));
  batch.set(epoch_key(blob), fresh_epoch(now, random));
  batch.set(candidate_key(blob), RecordWriter(1).take());
}

Result<bool> is_linked(Reader& reader, const BlobId& blob) {
  Range range = Range::prefix(link_prefix(blob));
  range.keys_only = true;
  range.max_items = 1;
  return !TRY(reader.scan(range)).items.empty();
}

Result<CollectOutcome> collect_blobs(DataStore& data, BlobStore& blobs, WallTime now, Duration grace,
                                     std::size_t limit, std::string_view from, Random& random) {
  Range range = Range::prefix(candidate_prefix());
  if (!from.empty()) range.begin = from;
  range.keys_only = true;
  range.max_items = limit;
  const Page page = TRY(data.scan(range));
  CollectOutcome outcome;
  for (const auto& item : page.items) {
    const auto blob = BlobId::from_raw(std::string_view(item.key).substr(candidate_prefix().size()));
    if (!blob) continue;
    ++outcome.examined;
    if (TRY(collect_one(data, blobs, *blob, now, grace, random)) == Verdict::kRemoved) ++outcome.removed;
  }
  if (page.more) outcome.next = next_range(range, page).begin;
  return outcome;
}

}  // namespace gannet::store
