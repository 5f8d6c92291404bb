// /api/principal/NAME/app-password and /api/principal/NAME/totp: how an account logs in. For administrators, and for
// everybody's own account (docs/authentication.md).
#pragma once

#include <memory>

#include "directory/directory.h"
#include "http/router.h"

namespace gannet::http {

// `admin` is null where another system, `owner`, has the data of the directory. `issuer` is what authenticator
// applications show.
void add_login_method_routes(Router& router, std::shared_ptr<directory::DirectoryAdmin> admin,
                             const std::string& owner, std::string issuer);

}  // namespace gannet::http
