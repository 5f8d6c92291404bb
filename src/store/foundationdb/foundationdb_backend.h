#pragma once

#include "store/backend.h"

namespace gannet::store {

// `store.<id>.type = "foundationdb"`: all roles.
const Backend& foundationdb_backend();

}  // namespace gannet::store
