#pragma once

#include "store/backend.h"

namespace gannet::store {

// `store.<id>.type = "rocksdb"`: all roles.
const Backend& rocksdb_backend();

}  // namespace gannet::store
