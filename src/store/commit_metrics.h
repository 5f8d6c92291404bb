#pragma once

#include <string>

#include "observe/metrics.h"

namespace gannet::store {

// Of one store, by its id.
struct CommitMetrics {
  explicit CommitMetrics(const std::string& id);

  observe::Histogram commit_seconds;  // from the call to the answer, waiting included
  observe::Histogram group_size;      // commits merged into one write
  observe::Counter conflicts;
};

}  // namespace gannet::store
