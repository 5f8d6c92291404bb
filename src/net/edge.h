// The listeners of a server, the sessions that they start, and the orderly end of both.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ip.h"
#include "base/result.h"
#include "net/listener.h"
#include "net/runtime.h"
#include "net/task_group.h"
#include "net/tls.h"

namespace gannet::net {

struct EdgeState;  // internal: edge_state.h

struct EdgeOptions {
  std::size_t max_connections = 8192;  // server.max-connections, all listeners together
  // Whether a client from there is served at all; asked on the loops after the PROXY header, so it does not wait.
  std::function<bool(const IpAddress&)> admits;
  Duration certificate_check = std::chrono::seconds(5);  // how often certificate files are looked at
};

struct Listening {
  std::string id;
  std::string protocol;
  Endpoint endpoint;  // with the real port where 0 was asked for
  bool implicit_tls = false;
};

struct EdgeStats {
  std::uint64_t accepted = 0;  // sessions started, or refused after the PROXY header
  std::uint64_t refused = 0;   // turned away by a limit
  std::uint64_t proxy_errors = 0;
  std::uint64_t tls_errors = 0;     // failed handshakes of implicit TLS
  std::uint64_t accept_errors = 0;  // no file descriptors and the like; accepting goes on
  std::size_t connections = 0;      // now
};

struct DrainReport {
  std::size_t finished = 0;  // ended by themselves in the grace time
  std::size_t forced = 0;    // had to be cut off
  std::size_t left = 0;      // still running after the deadline: blocked in the core
};

class Edge {
 public:
  // `runtime` outlives the edge. `certificates` may be null when no listener has TLS.
  Edge(Runtime& runtime, std::shared_ptr<CertificateStore> certificates, EdgeOptions options);
  // drain() with no grace time.
  ~Edge();
  Edge(const Edge&) = delete;
  Edge& operator=(const Edge&) = delete;

  // Binds all of its addresses and queues clients, but accepts nobody before start(). kListen names the
  // setting, kInvalid an unusable option.
  Result<> listen(ListenerOptions options, Protocol protocol);
  void start();
  // A connected socket from elsewhere (socketpair(), a parent process) becomes a session of that listener's
  // protocol, as if accepted from `peer`. Takes the descriptor, also on an error.
  Result<> adopt(int descriptor, const std::string& listener_id, Endpoint peer);

  std::vector<Listening> listening() const;
  EdgeStats stats() const;

  // Accepts no more; sessions see kShutdown where they would wait for a command and finish the command in
  // hand. Who is left at three quarters of `deadline` is cut off. Blocks; not on a loop's thread. Idempotent.
  DrainReport drain(Duration deadline);

 private:
  std::shared_ptr<EdgeState> state_;
  TaskGroup tasks_;
};

}  // namespace gannet::net
