// What both LookupStores of this folder do alike.
#pragma once

#include <string_view>

#include "base/clock.h"
#include "store/errors.h"
#include "store/lookup_store.h"

namespace gannet::store {

inline constexpr std::size_t kMaxLookupKey = 900;
inline constexpr std::size_t kMaxLookupValue = 1 << 20;

inline Result<void> check_lookup(std::string_view key, std::string_view value = {}) {
  if (key.empty() || key.size() > kMaxLookupKey)
    return fail(StoreError::kInvalid, "a lookup key has 1 to 900 bytes");
  if (value.size() > kMaxLookupValue) return fail(StoreError::kTooLarge, "a lookup value has at most 1 MB");
  return {};
}

// As LookupRecord keeps it: 0 for never.
inline std::int64_t expiry_of(WallTime now, Duration ttl) {
  if (ttl.count() <= 0) return 0;
  return ttl > Duration(INT64_MAX - to_unix_ms(now)) ? 0 : to_unix_ms(now) + ttl.count();
}

}  // namespace gannet::store
