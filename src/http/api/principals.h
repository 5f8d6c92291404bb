// /api/principal: accounts, groups, lists and domains (docs/api.md).
#pragma once

#include <memory>

#include "directory/directory.h"
#include "http/router.h"

namespace gannet::http {

// `admin` is null where another system owns the directory: changes are then refused with the reason.
void add_principal_routes(Router& router, std::shared_ptr<directory::Directory> directory,
                          std::shared_ptr<directory::DirectoryAdmin> admin);

}  // namespace gannet::http
