// /api/directory: asking a directory step by step (docs/api.md).
#pragma once

#include "directory/directories.h"
#include "http/router.h"

namespace gannet::http {

void add_directory_routes(Router& router, const directory::Directories& directories);

}  // namespace gannet::http
