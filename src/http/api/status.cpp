#include "http/api/status.h"

#include <openssl/crypto.h>

#include "base/encoding.h"
#include "observe/health.h"
#include "observe/metrics.h"

namespace gannet::http {
namespace {

Response health_response(const observe::HealthReport& report) {
  return {.status = report.ok ? 200u : 503u, .body = report.json(), .headers = {}};
}

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

Response metrics_response(const Request& request, const MetricsOptions& options) {
  if (!options.username.empty()) {
    const std::string expected = "Basic " + base64_encode(options.username + ":" + options.secret.reveal());
    if (!same_secret(request.header("authorization"), expected)) {
      auto refused = error_response(401, "unauthorized", "A login and its password are needed.");
      refused.headers.emplace_back("WWW-Authenticate", "Basic realm=\"metrics\"");
      return refused;
    }
  }
  return {.status = 200,
          .content_type = std::string(observe::kPrometheusContentType),
          .body = observe::render_prometheus(),
          .headers = {}};
}

}  // namespace

void add_status_routes(Router& router, MetricsOptions metrics) {
  router.add("GET", "/healthz/live", Access::kPublic,
             [](const Request&) { return health_response(observe::health().live()); });
  router.add("GET", "/healthz/ready", Access::kPublic,
             [](const Request&) { return health_response(observe::health().ready()); });
  router.add("GET", "/robots.txt", Access::kPublic, [](const Request&) {
    return Response{
        .status = 200, .content_type = "text/plain", .body = "User-agent: *\nDisallow: /\n", .headers = {}};
  });
  if (metrics.enable)
    router.add("GET", "/metrics/prometheus", Access::kPublic,
               [metrics](const Request& request) { return metrics_response(request, metrics); });
}

}  // namespace gannet::http
