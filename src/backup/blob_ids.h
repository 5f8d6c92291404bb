// Which messages the records of a snapshot link, and which a backup holds.
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "store/blob_store.h"
#include "store/subspace.h"

namespace gannet::backup {

// 32 octets each: a million of them take 32 MB.
using BlobIds = std::vector<store::BlobId>;

inline bool holds(const BlobIds& sorted, const store::BlobId& id) {
  return std::ranges::binary_search(sorted, id);
}

// The blob that a key of Subspace::kBlobLink links (blob_links.h: 'k' 'b' id 'l' owner); nothing for other keys.
inline std::optional<store::BlobId> linked_blob(std::string_view key) {
  constexpr std::size_t kId = 2, kKind = kId + 32;
  if (key.size() <= kKind || key[0] != static_cast<char>(store::Subspace::kBlobLink) || key[1] != 'b' ||
      key[kKind] != 'l')
    return std::nullopt;
  return store::BlobId::from_raw(key.substr(kId, 32));
}
// A blob that is just being removed: true of that moment alone.
inline bool is_tombstone(std::string_view key) {
  return key.size() == 35 && key[0] == static_cast<char>(store::Subspace::kBlobLink) && key[1] == 'b' &&
         key[34] == 't';
}

}  // namespace gannet::backup
