// For tests: an edge on a free loopback port, running one protocol.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/clock.h"
#include "net/connection.h"
#include "net/edge.h"
#include "net/runtime.h"
#include "net/testing/peer.h"

namespace gannet::net::testing {

inline ListenerOptions loopback_listener(std::string id = "test") {
  ListenerOptions options;
  options.id = std::move(id);
  options.bind = {*Endpoint::parse("127.0.0.1:0")};
  return options;
}

// Two loops with a tick of 10 ms. Destroyed: sessions are cut off and joined. What the sessions use must
// outlive it.
class Server {
 public:
  explicit Server(Protocol protocol, ListenerOptions listener = loopback_listener(), EdgeOptions options = {})
      : certificates(std::make_shared<CertificateStore>("mail.example.org", "", clock)),
        runtime({.threads = 2, .tick = std::chrono::milliseconds(10)}, clock),
        edge(runtime, certificates, options) {
    require(certificates->load({}));
    require(edge.listen(std::move(listener), std::move(protocol)));
    runtime.start();
    edge.start();
  }

  Endpoint endpoint() const { return edge.listening().front().endpoint; }
  Peer connect() const { return Peer::connect(endpoint()); }

  SystemClock clock;
  std::shared_ptr<CertificateStore> certificates;
  Runtime runtime;
  Edge edge;

 private:
  static void require(const Result<>& result) {
    if (!result) throw std::runtime_error(result.error().describe());
  }
};

}  // namespace gannet::net::testing
