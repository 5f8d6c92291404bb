// A moment of the database, held by a read-only transaction on a connection of its own.
//
// Only half of the connections may be held so, and each for MySqlOptions::snapshot_lifetime at most: a server keeps the
// old versions of everything that changes meanwhile. One that is too old answers kUnavailable.
#pragma once

#include <memory>

#include "store/mysql/database.h"

namespace gannet::store::mysql {

// kUnavailable also when as many as may be are open, and none ends within the pool's time-out. Any thread.
Result<std::shared_ptr<Snapshot>> take_snapshot(const std::shared_ptr<Database>& database);

}  // namespace gannet::store::mysql
