// Which store is in force for an id that the settings name: migrations may have moved on from it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "store/migration/record.h"

namespace gannet::store::migration {

// Opens stores as they are, each once.
class DataStores {
 public:
  virtual ~DataStores() = default;
  virtual Result<std::shared_ptr<DataStore>> open_as_it_is(const std::string& id) = 0;
};

struct InForce {
  std::string id;
  std::shared_ptr<DataStore> store;
  // A migration that is under way. `source` or `target` is null where it cannot be opened and is not in force.
  std::optional<Record> migration;
  std::shared_ptr<DataStore> source, target;
};

// Follows the records from `id` on, and says in a warning (`store.migrated`) what the file should name. After it,
// nothing that a former process sent can change the record any more. Errors: kConfiguration, where the store in
// force cannot be opened, or where `id` is a copy that was never finished.
Result<InForce> find_in_force(DataStores& stores, const std::string& id);

}  // namespace gannet::store::migration
