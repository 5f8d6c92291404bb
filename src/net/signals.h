// SIGTERM, SIGINT and SIGHUP as plain values for the main thread.
#pragma once

#include <optional>

#include "base/clock.h"

namespace gannet::net {

enum class Signal {
  kTerminate,  // SIGTERM, SIGINT: drain and end
  kReload,     // SIGHUP: read certificates and settings again
};

// Construct it first in main(): it blocks the three signals for this thread and those that it starts, so that
// only wait() sees them. One per process.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // The next signal, or nothing when none came in time. Main thread.
  std::optional<Signal> wait(Duration timeout);
};

}  // namespace gannet::net
