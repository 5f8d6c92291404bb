// /api/principal: accounts, groups, lists and domains (docs/api.md).
#pragma once

#include <memory>
#include <string>

#include "directory/directory.h"
#include "http/router.h"

namespace gannet::http {

// `admin` is null where another system, `owner`, has the data of the directory: changes are then refused with
// its name.
void add_principal_routes(Router& router, std::shared_ptr<directory::Directory> directory,
                          std::shared_ptr<directory::DirectoryAdmin> admin, const std::string& owner);

// What every change of those accounts is refused with: it names the system, `owner`, where it can be made.
Response kept_elsewhere(const std::string& owner);

}  // namespace gannet::http
