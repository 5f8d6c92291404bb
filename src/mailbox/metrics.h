// Internal: what this part counts.
#pragma once

#include "observe/metrics.h"

namespace gannet::mailbox {

struct Metrics {
  Metrics();

  observe::Counter stored;   // copies of messages
  observe::Counter refused;  // copies that were not stored: quota, limits, no such mailbox
  observe::Histogram jobs_per_commit;
  observe::Counter conflicts;  // commits that another node was faster than
};

// What views cost (loader.cpp).
struct LoadMetrics {
  LoadMetrics();

  observe::Counter loads;
  observe::Counter replays;
};

}  // namespace gannet::mailbox
