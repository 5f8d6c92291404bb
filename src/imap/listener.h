// IMAP on a listener.
#pragma once

#include <memory>

#include "imap/session.h"
#include "net/listener.h"
#include "net/worker_pool.h"

namespace gannet::imap {

// What net::Edge::listen() takes for `server.listener.<id>.protocol = "imap"`. `workers` outlives the edge;
// `services` are the same for all listeners.
net::Protocol make_protocol(std::shared_ptr<const Services> services, net::WorkerPool& workers);

}  // namespace gannet::imap
