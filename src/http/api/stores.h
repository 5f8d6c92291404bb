// /api/store/status: how each store does (docs/api.md).
#pragma once

#include <memory>
#include <vector>

#include "http/router.h"

namespace gannet::store {
class StoreMonitor;
}

namespace gannet::http {

void add_store_routes(Router& router, std::vector<std::shared_ptr<store::StoreMonitor>> monitors);

}  // namespace gannet::http
