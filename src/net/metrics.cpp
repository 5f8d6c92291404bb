#include "net/metrics.h"

namespace gannet::net {
namespace {

observe::Counter listener_counter(const char* name, const char* help, const std::string& listener) {
  return observe::counter(name, help, {{"listener", listener}});
}

observe::Counter tasks(const char* outcome) {
  return observe::counter("gannet_worker_tasks_total", "Core calls by outcome", {{"outcome", outcome}});
}

}  // namespace

ListenerMetrics::ListenerMetrics(const std::string& id)
    : accepted(listener_counter("gannet_net_accepted_total", "Connections accepted", id)),
      refused(listener_counter("gannet_net_refused_total", "Connections turned away by a limit", id)),
      proxy_errors(listener_counter("gannet_net_proxy_errors_total",
                                    "Invalid PROXY headers from trusted proxies", id)),
      tls_failures(listener_counter("gannet_net_tls_failures_total", "TLS handshakes that failed", id)) {}

WorkerMetrics::WorkerMetrics()
    : finished(tasks("finished")),
      failed(tasks("failed")),
      rejected(tasks("rejected")),
      waited(observe::histogram("gannet_worker_wait_seconds", "Time of a core call in the queue",
                                observe::latency_buckets())),
      ran(observe::histogram("gannet_worker_run_seconds", "Time of a core call on its thread",
                             observe::latency_buckets())) {}

}  // namespace gannet::net
