#include "store/data_blob_store.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "store/subspace.h"

namespace gannet::store {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kPiecesAtOnce = 16;  // read in one round trip
constexpr std::size_t kBlobsAtOnce = 32;
constexpr std::uint64_t kPiecesByName = 4096;
constexpr int kRemoveTries = 10;

std::string header_prefix() {
  return KeyWriter(static_cast<std::uint8_t>(Subspace::kBlob)).u8('h').take();
}
std::string header_key(const BlobId& id) {
  return header_prefix() + std::string(id.raw());
}
std::string piece_prefix(const BlobId& id) {
  return KeyWriter(static_cast<std::uint8_t>(Subspace::kBlob)).u8('p').raw(id.raw()).take();
}
std::string piece_key(const BlobId& id, std::uint64_t n) {
  return KeyWriter(static_cast<std::uint8_t>(Subspace::kBlob))
      .u8('p')
      .raw(id.raw())
      .u32(static_cast<std::uint32_t>(n))
      .take();
}

struct Header {
  std::uint64_t size = 0;
  std::uint64_t piece_size = 0;

  std::string encode() const { return RecordWriter(kVersion).varint(size).varint(piece_size).take(); }
  std::uint64_t pieces() const { return (size + piece_size - 1) / piece_size; }
};

std::unexpected<Error> not_found(const BlobId& id) {
  return fail(StoreError::kNotFound, "the message's content is not in the store", "blob " + id.hex());
}
std::unexpected<Error> corrupt(const BlobId& id, const char* why) {
  return fail(StoreError::kCorrupt, "a stored message is damaged", "blob " + id.hex() + ": " + why);
}

Result<Header> decode_header(const BlobId& id, std::string_view stored) {
  RecordReader in(stored);
  const std::uint8_t version = in.u8();
  Header header{.size = in.varint(), .piece_size = in.varint()};
  if (!in.ok() || version != kVersion || header.piece_size == 0 || header.pieces() > UINT32_MAX)
    return corrupt(id, "its header cannot be read");
  return header;
}

class DataBlobStore final : public BlobStore {
 public:
  DataBlobStore(std::shared_ptr<DataStore> data, BlobOptions options)
      : data_(std::move(data)), options_(options) {}

  Result<void> put(const BlobId& id, std::string_view content) override {
    if (TRY(exists(id))) return {};
    WriteBatch batch;
    TRY(add_new(batch, id, content));
    return data_->commit(std::move(batch));
  }

  Result<void> put_with(WriteBatch& batch, const BlobId& id, std::string_view content) override {
    auto header = TRY(data_->get(header_key(id)));
    if (!header) return add_new(batch, id, content);
    // Should it be collected before the batch is committed, that ends in a conflict, not in a lost blob.
    batch.require_value(header_key(id), std::move(*header));
    return {};
  }

  Result<std::string> get(const BlobId& id, std::uint64_t offset, std::uint64_t length) override {
    const BlobRange range{id, offset, length};
    std::vector<std::string> out;
    TRY(get_some({&range, 1}, out));
    return std::move(out.front());
  }
  Result<std::vector<std::string>> get_many(std::span<const BlobRange> ranges) override;

  Result<bool> exists(const BlobId& id) override { return TRY(data_->get(header_key(id))).has_value(); }

  Result<void> remove(const BlobId& id) override {
    for (int left = kRemoveTries;; --left) {
      WriteBatch batch;
      TRY(remove_with(batch, id));
      auto removed = data_->commit(std::move(batch));
      if (removed || !removed.error().is(StoreError::kConflict) || left == 1) return removed;
    }
  }

  Result<void> remove_with(WriteBatch& batch, const BlobId& id) override {
    auto stored = TRY(data_->get(header_key(id)));
    const Result<Header> header = stored ? decode_header(id, *stored) : Result<Header>(not_found(id));
    if (!header || header->pieces() > kPiecesByName) {
      // Pieces that never got a header, or very many.
      const std::string pieces = piece_prefix(id);
      batch.clear(header_key(id));
      batch.clear_range(pieces, prefix_end(pieces));
      return {};
    }
    // By name: a cleared range costs RocksDB more than these few keys.
    for (std::uint64_t n = 0; n < header->pieces(); ++n) batch.clear(piece_key(id, n));
    batch.clear(header_key(id));
    batch.require_value(header_key(id), std::move(*stored));
    return {};
  }

  Result<std::vector<BlobId>> list(const std::optional<BlobId>& after, std::size_t limit) override;

 private:
  Result<void> get_some(std::span<const BlobRange> ranges, std::vector<std::string>& out);
  Result<std::string> assemble(const BlobRange& range, const std::optional<std::string>& stored_header,
                               const std::optional<std::string>& guessed);
  Result<void> add_new(WriteBatch& batch, const BlobId& id, std::string_view content);
  Result<void> read_pieces(const BlobId& id, const Header& header, std::uint64_t first, std::uint64_t last,
                           std::vector<std::string>& out);

  const std::shared_ptr<DataStore> data_;
  const BlobOptions options_;
};

Result<void> DataBlobStore::add_new(WriteBatch& batch, const BlobId& id, std::string_view content) {
  // What would make the caller's batch too large goes ahead of it, in commits of its own.
  const std::size_t fair_share = data_->limits().max_batch_bytes / 4;
  WriteBatch ahead;
  const Header header{.size = content.size(), .piece_size = options_.piece_size};
  for (std::uint64_t n = 0; n < header.pieces(); ++n) {
    const std::size_t left = content.size() - n * header.piece_size;
    std::string piece = encode_piece(content.substr(n * header.piece_size, header.piece_size),
                                     options_.compression, options_.level);
    if (left <= fair_share) {
      batch.set(piece_key(id, n), std::move(piece));
      continue;
    }
    // Pieces without a header may be swept away until the header is there; they go all at once.
    if (n == 0) batch.require_value(piece_key(id, n), piece);
    ahead.set(piece_key(id, n), std::move(piece));
    if (ahead.bytes() >= fair_share) TRY(data_->commit(std::exchange(ahead, {})));
  }
  if (!ahead.empty()) TRY(data_->commit(std::move(ahead)));
  batch.set(header_key(id), header.encode());
  return {};
}

Result<std::vector<std::string>> DataBlobStore::get_many(std::span<const BlobRange> ranges) {
  std::vector<std::string> out;
  out.reserve(ranges.size());
  for (; !ranges.empty(); ranges = ranges.subspan(std::min(ranges.size(), kBlobsAtOnce)))
    TRY(get_some(ranges.first(std::min(ranges.size(), kBlobsAtOnce)), out));
  return out;
}

// One round trip for most: the headers, and the pieces that are the first ones if pieces are as large as today.
Result<void> DataBlobStore::get_some(std::span<const BlobRange> ranges, std::vector<std::string>& out) {
  std::vector<std::string> keys;
  keys.reserve(2 * ranges.size());
  for (const auto& [id, offset, length] : ranges) {
    keys.push_back(header_key(id));
    keys.push_back(piece_key(id, std::min<std::uint64_t>(offset / options_.piece_size, UINT32_MAX)));
  }
  const auto answers = TRY(data_->get_many(keys));
  for (std::size_t i = 0; i < ranges.size(); ++i)
    out.push_back(TRY(assemble(ranges[i], answers[2 * i], answers[2 * i + 1])));
  return {};
}

Result<std::string> DataBlobStore::assemble(const BlobRange& range,
                                            const std::optional<std::string>& stored_header,
                                            const std::optional<std::string>& guessed) {
  const auto& [id, offset, wanted] = range;
  if (!stored_header) return not_found(id);
  const Header header = TRY(decode_header(id, *stored_header));
  if (offset >= header.size || wanted == 0) return std::string();
  const std::uint64_t length = std::min(wanted, header.size - offset);

  const std::uint64_t first = offset / header.piece_size;
  const std::uint64_t last = (offset + length - 1) / header.piece_size;
  std::vector<std::string> pieces;
  if (header.piece_size == options_.piece_size) {
    if (!guessed) return corrupt(id, "a piece is missing");
    pieces.push_back(TRY(decode_piece(*guessed, header.piece_size)));
  }
  TRY(read_pieces(id, header, first + pieces.size(), last, pieces));

  std::string out;
  const std::uint64_t skip = offset - first * header.piece_size;
  if (pieces.size() == 1 && skip == 0) {
    out = std::move(pieces[0]);
  } else {
    out.reserve(length + skip);
    for (const auto& piece : pieces) out += piece;
    out.erase(0, skip);
  }
  if (out.size() < length) return corrupt(id, "a piece is too short");
  out.resize(length);
  return out;
}

Result<void> DataBlobStore::read_pieces(const BlobId& id, const Header& header, std::uint64_t first,
                                        std::uint64_t last, std::vector<std::string>& out) {
  for (std::uint64_t n = first; n <= last;) {
    std::vector<std::string> keys;
    for (; n <= last && keys.size() < kPiecesAtOnce; ++n) keys.push_back(piece_key(id, n));
    auto stored = TRY(data_->get_many(keys));
    for (const auto& piece : stored) {
      if (!piece) return corrupt(id, "a piece is missing");
      out.push_back(TRY(decode_piece(*piece, header.piece_size)));
    }
  }
  return {};
}

Result<std::vector<BlobId>> DataBlobStore::list(const std::optional<BlobId>& after, std::size_t limit) {
  Range range = Range::prefix(header_prefix());
  if (after) range.begin = header_key(*after) + '\0';
  range.keys_only = true;
  std::vector<BlobId> ids;
  while (ids.size() < limit) {
    range.max_items = limit - ids.size();
    const Page page = TRY(data_->scan(range));
    for (const auto& item : page.items)
      if (const auto id = BlobId::from_raw(std::string_view(item.key).substr(2))) ids.push_back(*id);
    if (!page.more) break;
    range = next_range(std::move(range), page);
  }
  return ids;
}

}  // namespace

std::shared_ptr<BlobStore> blob_store_over(std::shared_ptr<DataStore> data, BlobOptions options) {
  return std::make_shared<DataBlobStore>(std::move(data), options);
}

}  // namespace gannet::store
