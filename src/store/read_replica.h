// A database and its read replicas as one DataStore: `store.<id>.type = "sql-read-replica"`.
//
// Commits go to the primary, reads and snapshots to a replica that has replayed every commit of this process that
// had returned, else to the primary: whoever wrote sees it. A replica that does not answer is passed over, and asked
// again after a while.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/backend.h"
#include "store/data_store.h"

namespace gannet::store {

// kConfiguration: one of them is no Replicated. What was committed before, by whomever, is seen, too.
Result<std::shared_ptr<DataStore>> with_read_replicas(std::shared_ptr<DataStore> primary,
                                                      std::vector<std::shared_ptr<DataStore>> replicas);

// `primary` and `replicas` are the ids of other stores. A replica that cannot be opened at the start is left out.
const Backend& sql_read_replica_backend();

}  // namespace gannet::store
