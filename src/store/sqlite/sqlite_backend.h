#pragma once

#include "store/backend.h"

namespace gannet::store {

// `type = "sqlite"`: all roles in one file.
const Backend& sqlite_backend();

}  // namespace gannet::store
