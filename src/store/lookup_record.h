// What lies in Subspace::kLookup, so that a backend may drop what has expired on its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace gannet::store {

struct LookupRecord {
  std::int64_t expires_ms = 0;  // Unix time in milliseconds; 0: never
  std::string_view value;       // points into what was decoded

  bool expired(WallTime now) const { return expires_ms != 0 && expires_ms <= to_unix_ms(now); }
  std::string encode() const;
  // Nothing for what encode() did not write.
  static std::optional<LookupRecord> decode(std::string_view stored);
};

}  // namespace gannet::store
