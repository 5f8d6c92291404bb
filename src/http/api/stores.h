// /api/store/status: how each store does (docs/api.md).
#pragma once

#include <memory>

#include "http/router.h"

namespace gannet::store {
class StoreMonitors;
namespace migration {
class Migrations;
}
}  // namespace gannet::store

namespace gannet::http {

void add_store_routes(Router& router, std::shared_ptr<store::StoreMonitors> monitors,
                      std::shared_ptr<store::migration::Migrations> migrations);

}  // namespace gannet::http
