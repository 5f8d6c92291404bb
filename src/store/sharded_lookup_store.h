// Lookups spread over several stores by their keys.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/backend.h"
#include "store/lookup_store.h"

namespace gannet::store {

struct LookupShard {
  std::string id;  // of its store: where a key goes depends on the ids, not on their order
  std::shared_ptr<LookupStore> store;
};

// Each key is in the store for which the hash of id and key is highest; so a store that is added or taken away
// moves only the keys that are its own. `shards` must not be empty.
std::shared_ptr<LookupStore> sharded_lookup_store(std::vector<LookupShard> shards);

// `store.<id>.stores`.
const Backend& sharded_lookup_backend();

}  // namespace gannet::store
