// The stores of a running server, one a role, opened as `storage.*` and `store.<id>.*` say.
#pragma once

#include <memory>

#include "base/clock.h"
#include "base/random.h"
#include "store/blob_store.h"
#include "store/data_store.h"
#include "store/lookup_store.h"
#include "store/search_store.h"

namespace gannet::config {
class Config;
}

namespace gannet::store {

// Shared by every part of the process; destroyed last. Two roles may be one backend.
struct Stores {
  std::shared_ptr<DataStore> data;
  std::shared_ptr<BlobStore> blob;
  std::shared_ptr<SearchStore> search;
  std::shared_ptr<LookupStore> lookup;
};

// Errors name the key at fault. `clock` and `random` must outlive the stores.
Result<Stores> open_stores(const config::Config& config, Clock& clock, Random& random);

}  // namespace gannet::store
