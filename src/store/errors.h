#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace gannet::store {

enum class StoreError {
  kConflict = 1,   // a precondition failed: read again, then retry
  kUnavailable,    // the backend cannot be reached, stalls or has stopped writing: try again later
  kFull,           // no space left: reads go on, writes are refused
  kTooLarge,       // a key, value or batch beyond what the backend can hold; nothing was written
  kNotFound,       // the blob is not there
  kCorrupt,        // what was read is not what was written
  kInvalid,        // the call is wrong: an unknown subspace, an empty key, a reversed range
  kConfiguration,  // the store cannot be opened as configured
};
constexpr const char* error_domain(StoreError) {
  return "store";
}

// kConfiguration of a backend that knows which of its settings is at fault, as "password": StoreSettings::wrong() says
// where that was set.
inline std::unexpected<Error> wrong_setting(std::string_view key, std::string_view message,
                                            std::string detail = {}) {
  return fail(StoreError::kConfiguration, std::string(key) + ": " + std::string(message), std::move(detail));
}

}  // namespace gannet::store
