// The commands of `gannet`.
#pragma once

#include <functional>
#include <string>

namespace gannet::cli {

struct ServeArguments {
  std::string config;
  bool print_listeners = false;  // a line for each on standard output, when all are open
  std::string ready_message;     // printed once the server is ready
};

// Exit codes: 0 done, 1 failed (the reason is on standard error), 2 wrong usage. `serve` is the one command
// that lies elsewhere.
int run(int argc, char** argv, const std::function<int(const ServeArguments&)>& serve);

}  // namespace gannet::cli
