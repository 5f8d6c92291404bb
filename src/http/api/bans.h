// /api/ban: who may not log in for a while (docs/authentication.md).
#pragma once

#include <memory>

#include "base/clock.h"
#include "http/router.h"
#include "login/gate.h"

namespace gannet::http {

// `clock` outlives the router.
void add_ban_routes(Router& router, std::shared_ptr<login::Gate> gate, const Clock& clock);

}  // namespace gannet::http
