#include "store/blob_store.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/hash.h"

namespace gannet::store {

BlobId BlobId::of(std::string_view content) {
  return BlobId{sha256(content)};
}

std::optional<BlobId> BlobId::from_raw(std::string_view raw) {
  BlobId id;
  if (raw.size() != id.bytes.size()) return std::nullopt;
  std::ranges::copy(raw, id.bytes.begin());
  return id;
}

std::string BlobId::hex() const {
  return hex_encode(raw());
}

Result<std::vector<std::string>> BlobStore::get_many(std::span<const BlobRange> ranges) {
  std::vector<std::string> out;
  out.reserve(ranges.size());
  for (const auto& range : ranges) out.push_back(TRY(get(range.id, range.offset, range.length)));
  return out;
}

}  // namespace gannet::store
