// Internal: listening sockets from a listener's options.
#pragma once

#include <vector>

#include "base/ip.h"
#include "base/result.h"
#include "net/listener.h"
#include "net/unique_fd.h"

namespace gannet::net {

struct BoundSocket {
  UniqueFd socket;
  Endpoint endpoint;  // as the system says
};

// All of the listener's addresses, or the first error: kInvalid, kListen.
Result<std::vector<BoundSocket>> bind_listener(const ListenerOptions& options);
// nodelay, linger, tos and the like for one connection; what cannot be set is left as it is.
void set_connection_options(int socket, const SocketOptions& options);

}  // namespace gannet::net
