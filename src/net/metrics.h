// Internal: what this part counts.
#pragma once

#include <string>

#include "observe/metrics.h"

namespace gannet::net {

// One listener's counters; the label `listener` is its id.
struct ListenerMetrics {
  explicit ListenerMetrics(const std::string& listener);

  observe::Counter accepted;
  observe::Counter refused;  // turned away by a limit
  observe::Counter proxy_errors;
  observe::Counter tls_failures;
};

struct WorkerMetrics {
  WorkerMetrics();

  observe::Counter finished;
  observe::Counter failed;
  observe::Counter rejected;
  observe::Histogram waited;  // seconds in the queue
  observe::Histogram ran;     // seconds
};

}  // namespace gannet::net
