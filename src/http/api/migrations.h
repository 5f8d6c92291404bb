// /api/store/migration: moving data to another store while the server runs (docs/api.md).
#pragma once

#include <memory>

#include "http/router.h"

namespace gannet::store::migration {
class Migrations;
}

namespace gannet::http {

void add_migration_routes(Router& router, std::shared_ptr<store::migration::Migrations> migrations);

}  // namespace gannet::http
