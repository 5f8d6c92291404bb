// Runs a server from its settings to its orderly end.
#pragma once

#include <string>

namespace gannet::server {

struct ServeOptions {
  std::string config;            // path of the settings
  bool print_listeners = false;  // a line for each on standard output
  std::string ready_message;     // printed on standard output once everything listens
};

// Returns the exit code: 0 after SIGTERM or SIGINT, 1 when it could not start (the reason is on standard
// error). Call it once, from main(), before any thread is started.
int serve(const ServeOptions& options);

}  // namespace gannet::server
