// What a listener is made from. Plain values: server/ fills them from the settings server.listener.<id>.*.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ip.h"
#include "net/task.h"
#include "net/tls.h"

namespace gannet::net {

class Connection;

// One session: runs until the peer or the session ends it. The connection is the session's own. It is started
// after the PROXY header and, on a listener with implicit TLS, the handshake.
using SessionFactory = std::function<Task<void>(std::unique_ptr<Connection>)>;

// What a protocol's part gives to the edge.
struct Protocol {
  std::string name;  // "smtp", "imap": as server.listener.<id>.protocol names it
  SessionFactory run_session;
  // Sent to a client that is turned away because of a limit, with its CRLF: "421 4.3.2 ...", "* BYE ...". Not
  // sent where TLS would have to come first.
  std::string refusal;
  // What to accept by ALPN (RFC 7301), best first; empty: anything.
  std::vector<std::string> alpn;
};

// server.socket.*, server.listener.<id>.socket.*. Unset: the system's own.
struct SocketOptions {
  bool reuse_addr = true;
  bool reuse_port = false;
  int backlog = 1024;
  bool nodelay = true;
  std::optional<int> ttl;               // hops, 1 to 255
  std::optional<int> linger;            // seconds
  std::optional<int> tos;               // 0 to 255
  std::optional<int> send_buffer_size;  // octets
  std::optional<int> recv_buffer_size;  // octets
};

struct ListenerOptions {
  std::string id;  // <id> of server.listener.<id>
  // "[::]:25" takes IPv4 too, unless an IPv4 address with the same port is also listed.
  std::vector<Endpoint> bind;
  TlsOptions tls;
  SocketOptions socket;
  std::vector<IpNetwork> trusted_proxies;  // proxy.trusted-networks: these must send a PROXY header
  std::size_t max_connections = 8192;
  std::size_t max_per_address = 0;  // 0: no limit
  Duration proxy_timeout = std::chrono::seconds(10);
  std::size_t outbox_limit = 8 * 1024 * 1024;
};

// What a session may ask about where it came in.
struct ListenerInfo {
  std::string id;
  std::string protocol;
  bool implicit_tls = false;
};

}  // namespace gannet::net
