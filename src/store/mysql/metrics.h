#pragma once

#include <string>

#include "observe/metrics.h"

namespace gannet::store::mysql {

// Of one store, by its id.
struct Metrics {
  explicit Metrics(const std::string& id);

  observe::Histogram commit_seconds;  // from the call to the answer, waiting included
  observe::Counter conflicts;
  observe::Counter retries;  // commits done again since another transaction was in the way
};

}  // namespace gannet::store::mysql
