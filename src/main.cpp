// The program `gannet`: its commands are cli/'s, the server is server/'s.
#include <sys/stat.h>

#include "cli/app.h"
#include "server/serve.h"

int main(int argc, char** argv) {
  // Mail, password hashes and logs are nobody else's to read.
  ::umask(0077);
  return gannet::cli::run(argc, argv, [](const gannet::cli::ServeArguments& arguments) {
    return gannet::server::serve({.config = arguments.config,
                                  .print_listeners = arguments.print_listeners,
                                  .ready_message = arguments.ready_message});
  });
}
