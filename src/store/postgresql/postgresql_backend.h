#pragma once

#include "store/backend.h"

namespace gannet::store {

// `store.<id>.type = "postgresql"`: all roles.
const Backend& postgresql_backend();

}  // namespace gannet::store
