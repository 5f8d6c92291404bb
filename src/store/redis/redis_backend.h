#pragma once

#include "store/backend.h"

namespace gannet::store {

const Backend& redis_backend();

}  // namespace gannet::store
