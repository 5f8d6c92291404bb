// From tracer.<id>.* to the sinks of the process.
#pragma once

#include "base/result.h"
#include "config/config.h"

namespace gannet::server {

// Without any tracer: warnings and errors on standard error.
Result<void> start_logging(const config::Config& config);

}  // namespace gannet::server
