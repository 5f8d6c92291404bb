// From settings to what net/ is made from.
#pragma once

#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "net/edge.h"
#include "net/listener.h"
#include "net/tls.h"
#include "net/worker_pool.h"

namespace gannet::server {

Result<std::vector<net::CertificateOptions>> certificates_from(const config::Config& config);
Result<net::ListenerOptions> listener_from(const config::Config& config, const std::string& id);

}  // namespace gannet::server
