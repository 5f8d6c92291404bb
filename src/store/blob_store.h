// BlobStore: immutable bytes, named by their SHA-256.
//
// The order that loses nothing: the blob first, then the metadata that links it; removal the other way round
// (blob_links.h). Compressed at rest, the codec in the blob's header.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/errors.h"
#include "store/write_batch.h"

namespace gannet::store {

struct BlobId {
  std::array<std::uint8_t, 32> bytes{};

  static BlobId of(std::string_view content);
  // `raw` must be 32 bytes.
  static std::optional<BlobId> from_raw(std::string_view raw);
  std::string_view raw() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
  std::string hex() const;
  auto operator<=>(const BlobId&) const = default;
};

// Bytes [offset, offset + length) of a blob, fewer at its end.
struct BlobRange {
  BlobId id;
  std::uint64_t offset = 0;
  std::uint64_t length = UINT64_MAX;
};

// Any thread.
class BlobStore {
 public:
  virtual ~BlobStore() = default;

  // On stable storage when it returns. Storing the same bytes twice costs nothing and is no error.
  virtual Result<void> put(const BlobId& id, std::string_view content) = 0;

  // As put(), but the blob need be safe only once `batch` is committed: a store that keeps its blobs in the
  // DataStore that `batch` goes to adds them to it, so that both cost one durable write. After a conflict on
  // `batch`, call it again for the new batch: the blob may have been collected meanwhile.
  virtual Result<void> put_with(WriteBatch& batch, const BlobId& id, std::string_view content) {
    (void)batch;
    return put(id, content);
  }

  // Bytes [offset, offset + length) of the content, fewer at its end. kNotFound, kCorrupt, kUnavailable.
  virtual Result<std::string> get(const BlobId& id, std::uint64_t offset = 0,
                                  std::uint64_t length = UINT64_MAX) = 0;
  // What get() gives for each, in this order; fails if one of them fails. In few round trips where the store can
  // do so, else one after the other. How much that is together is the caller's to bound.
  virtual Result<std::vector<std::string>> get_many(std::span<const BlobRange> ranges);
  virtual Result<bool> exists(const BlobId& id) = 0;
  // No error if it is not there.
  virtual Result<void> remove(const BlobId& id) = 0;

  // As remove(), but a store that keeps its blobs in the DataStore that `batch` goes to removes it with the
  // batch, on its preconditions.
  virtual Result<void> remove_with(WriteBatch& batch, const BlobId& id) {
    (void)batch;
    return remove(id);
  }
  // Up to `limit` ids above `after` in ascending order, for checks and migration.
  virtual Result<std::vector<BlobId>> list(const std::optional<BlobId>& after, std::size_t limit) = 0;
};

}  // namespace gannet::store
