// The program `gannet`: its commands are cli/'s, the server is server/'s.
#include "cli/app.h"
#include "server/serve.h"

int main(int argc, char** argv) {
  return gannet::cli::run(argc, argv, [](const gannet::cli::ServeArguments& arguments) {
    return gannet::server::serve({.config = arguments.config,
                                  .print_listeners = arguments.print_listeners,
                                  .ready_message = arguments.ready_message});
  });
}
