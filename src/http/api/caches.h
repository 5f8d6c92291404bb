// /api/cache: what the caches of this process hold, and emptying them (docs/api.md).
#pragma once

#include "http/router.h"

namespace gannet::http {

void add_cache_routes(Router& router);

}  // namespace gannet::http
