// Outgoing connections.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/ip.h"
#include "base/result.h"
#include "net/connection.h"
#include "net/task.h"

namespace gannet::net {

struct ConnectOptions {
  Duration timeout =
      std::chrono::minutes(5);  // for all addresses together; RFC 5321 4.5.3.2 has no number for connect
  std::shared_ptr<const ClientTls> tls;  // set: TLS at once
  std::string server_name;               // for SNI and verification; by default the host
  std::optional<IpAddress> source;       // local address to connect from
};

// Both are awaited on a loop of the Runtime, where the connection then lives. kConnect when refused or
// unreachable (trying again can help), kTimeout, kTls.
Task<Result<std::unique_ptr<Connection>>> connect(Endpoint to, ConnectOptions options);
// "host:port" or "[v6]:port"; a name is looked up by the system's resolver, and its addresses are tried in
// order. Mail to other servers uses dns/ instead.
Task<Result<std::unique_ptr<Connection>>> connect(std::string host_and_port, ConnectOptions options);

}  // namespace gannet::net
