// /healthz/live, /healthz/ready, /metrics/prometheus, /robots.txt.
#pragma once

#include <string>

#include "base/secret.h"
#include "http/router.h"

namespace gannet::http {

struct MetricsOptions {
  bool enable = false;   // metrics.prometheus.enable
  std::string username;  // metrics.prometheus.auth.*; empty: no login is asked for
  Secret secret;
};

void add_status_routes(Router& router, MetricsOptions metrics);

}  // namespace gannet::http
