// IMAP on a listener.
#pragma once

#include <memory>

#include "imap/session.h"
#include "net/listener.h"
#include "net/worker_pool.h"

namespace gannet::imap {

// What net::Edge::listen() takes for `server.listener.<id>.protocol = "imap"`. `workers` outlives the edge.
// The clock in `services` is the system's or a test's; all services are shared by the sessions of any number
// of listeners.
net::Protocol make_protocol(Services services, net::WorkerPool& workers);

}  // namespace gannet::imap
