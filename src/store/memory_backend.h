#pragma once

#include "store/backend.h"

namespace gannet::store {

// `store.<id>.type = "memory"`: lookups alone.
const Backend& memory_backend();

}  // namespace gannet::store
