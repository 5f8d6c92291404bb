// The options of this part from the settings (server.*, certificate.*).
#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "net/edge.h"
#include "net/listener.h"
#include "net/runtime.h"
#include "net/tls.h"
#include "net/worker_pool.h"

namespace gannet::net {

struct ConfiguredListener {
  std::string protocol;  // smtp, lmtp, imap, http; https has become http with implicit TLS
  ListenerOptions options;
};

RuntimeOptions runtime_options(const config::Config& config);         // global.thread-pool
WorkerPoolOptions worker_pool_options(const config::Config& config);  // server.workers.*
EdgeOptions edge_options(const config::Config& config);               // server.max-connections
std::vector<ConfiguredListener> configured_listeners(const config::Config& config);
std::vector<CertificateOptions> certificate_options(const config::Config& config);
// What listeners and certificates would be refused for when the server starts: a text each, which begins with the key at
// fault. Reads the files that they name; opens no socket and writes nothing.
std::vector<std::string> check_settings(const config::Config& config);
// For Edge::drain(): server.shutdown-timeout.
Duration shutdown_timeout(const config::Config& config);

}  // namespace gannet::net
