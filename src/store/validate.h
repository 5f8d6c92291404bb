// What every backend refuses alike, before it does anything: see the promises in data_store.h.
#pragma once

#include "store/data_store.h"

namespace gannet::store {

bool known_subspace(char first_byte);

// kInvalid: empty, or not in a known subspace. kTooLarge: beyond `limits`.
Result<void> check_key(std::string_view key, const DataStoreLimits& limits);
// kInvalid: reversed, or not within one subspace. `end` may be the first byte of the next subspace alone, as
// Range::prefix() makes it for a whole subspace.
Result<void> check_range(std::string_view begin, std::string_view end);
Result<void> check_batch(const WriteBatch& batch, const DataStoreLimits& limits);

}  // namespace gannet::store
