// HTTP/1.1 (RFC 9112) on a connection of the edge.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "http/forwarded.h"
#include "http/router.h"
#include "net/listener.h"
#include "net/worker_pool.h"

namespace gannet::http {

struct SessionOptions {
  Duration idle_timeout = std::chrono::seconds(60);  // between requests, and for one request to come in
  std::uint64_t max_body = 50 << 20;                 // bytes
  std::uint32_t max_header = 64 << 10;               // bytes
  bool allow_plain_text = false;                     // server.http.allow-plain-text
  ForwardedOptions forwarded;                        // of proxies of one's own
  bool hsts = false;
  bool permissive_cors = false;
  std::vector<std::pair<std::string, std::string>> headers;  // added to every response
};

// What sessions share; lives as long as the listeners.
struct Service {
  std::shared_ptr<const Router> router;
  net::WorkerPool& workers;
  SessionOptions options;
};

net::Protocol make_protocol(std::shared_ptr<const Service> service);

// "/a%20b?x=1" into request.path and request.query; false when it is no valid origin-form target.
bool parse_target(std::string_view target, Request& request);

}  // namespace gannet::http
