// Moves values, counters and locks from one LookupStore to another.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "store/lookup_store.h"
#include "store/migration/mover.h"

namespace gannet::store::migration {

using LookupStoreById = std::function<Result<std::shared_ptr<LookupStore>>(const std::string& id)>;

struct MovableLookups {
  std::shared_ptr<LookupStore> lookups;  // for the server's parts
  std::shared_ptr<Mover> mover;
};
// An item is a kind and a key. The list of changes lies in memory, since a lookup must not cost a durable write: after a
// restart all is copied once more. What is moved keeps its time to live. `clock` must outlive it.
MovableLookups movable_lookups(std::shared_ptr<LookupStore> in_force, LookupStoreById open, Clock& clock);

}  // namespace gannet::store::migration
