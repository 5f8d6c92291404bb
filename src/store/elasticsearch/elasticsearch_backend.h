#pragma once

#include "store/backend.h"

namespace gannet::store {

const Backend& elasticsearch_backend();

}  // namespace gannet::store
