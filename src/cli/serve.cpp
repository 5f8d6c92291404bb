#include <CLI/App.hpp>
#include <CLI/Validators.hpp>
#include <memory>

#include "cli/commands.h"

namespace gannet::cli {

void add_serve(CLI::App& app, int& status, const std::function<int(const ServeArguments&)>& serve) {
  auto arguments = std::make_shared<ServeArguments>();
  auto* command = app.add_subcommand(
      "serve", "Run the server until SIGTERM or Ctrl-C; SIGHUP reloads certificates and logs");
  command->add_option("--config,-c", arguments->config, "The settings")->required()->envname("GANNET_CONFIG");
  command->add_flag("--print-listeners", arguments->print_listeners, "Print where it listens");
  command->add_option("--ready-message", arguments->ready_message, "A text to print once it is ready");
  command->callback([arguments, &status, serve] { status = serve(*arguments); });
}

}  // namespace gannet::cli
