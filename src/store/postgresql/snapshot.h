// Snapshots: a REPEATABLE READ, READ ONLY transaction each, on a connection of its own. While one is open the server
// keeps every row that was deleted since, so their number and their life are bounded: a forgotten one is ended by the
// server (idle_in_transaction_session_timeout).
#pragma once

#include <memory>

#include "store/data_store.h"
#include "store/postgresql/database.h"

namespace gannet::store::postgresql {

// kUnavailable: there are as many as may be, or the server cannot be reached.
Result<std::shared_ptr<Snapshot>> take_snapshot(std::shared_ptr<Database> database);

}  // namespace gannet::store::postgresql
