// /api/queue/messages: what waits in the queue, tried again or taken out by an administrator.
#pragma once

#include <memory>

#include "http/router.h"
#include "mta/transport.h"

namespace gannet::http {

void add_queue_routes(Router& router, std::shared_ptr<mta::Transport> transport);

}  // namespace gannet::http
