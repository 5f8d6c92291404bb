#pragma once

#include <functional>
#include <string>

#include "base/pool.h"
#include "observe/metrics.h"

namespace gannet::store::postgresql {

// Of one store, by its id.
struct Metrics {
  Metrics(const std::string& id, std::function<PoolStatistics()> pool);

  observe::Histogram commit_seconds;  // from the call to the answer, waiting for a connection included
  observe::Counter conflicts;
  observe::Counter repeated;  // commits that were run again inside
  observe::Counter lost;      // connections
  observe::GaugeCallback open, in_use;
};

}  // namespace gannet::store::postgresql
