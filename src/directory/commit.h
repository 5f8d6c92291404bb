// Committing what depends on reads: made again when somebody else's commit came first.
#pragma once

#include <functional>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "store/data_store.h"

namespace gannet::directory {

// Commits what `make` gives, if it is not empty; after a Conflict once more, with a pause that grows.
// `make`'s own errors pass; the store's become kUnavailable.
Result<void> commit_with_retry(store::DataStore& data, Clock& clock, Random& random,
                               const std::function<Result<store::WriteBatch>()>& make);

}  // namespace gannet::directory
