#pragma once

#include "store/backend.h"

namespace gannet::store {

// `store.<id>.type = "mysql"`: MySQL or MariaDB, all roles.
const Backend& mysql_backend();

}  // namespace gannet::store
