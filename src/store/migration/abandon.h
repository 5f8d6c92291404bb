// Ends a migration one of whose stores is gone for good, while no server runs: what only that one had is lost.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/random.h"
#include "store/migration/in_force.h"
#include "store/migration/record.h"

namespace gannet::store::migration {

struct Abandoned {
  Record record;  // as it ended: kRolledBack, or kConfirmed where the old store is gone
  // Changes that had not been followed: what of them only the lost store had is lost.
  std::uint64_t listed = 0;
};

// Of the data itself. `keep` is the store that is left. Errors: kInvalid, where nothing is under way there, where `keep`
// was never finished, where another server uses it, or where the other store can be opened (unless `force`), since
// `rollback` or `confirm` loses nothing then.
Result<Abandoned> abandon_data(DataStores& stores, const std::string& keep, bool force, WallTime now,
                               Random& random);

// Of another role; `data` is the store for data, and `opens` tells whether a store of the role can be opened.
Result<Abandoned> abandon_role(DataStore& data, Role role, const std::string& keep, bool force,
                               const std::function<bool(const std::string& id)>& opens, WallTime now,
                               Random& random);

}  // namespace gannet::store::migration
