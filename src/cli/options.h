// Options that commands share.
#pragma once

#include <CLI/App.hpp>
#include <memory>
#include <string>
#include <utility>

#include "base/result.h"
#include "cli/api_client.h"
#include "cli/commands.h"

namespace gannet::cli {

// The arguments that every command has which speaks to a running server; each adds its own.
struct ApiArguments {
  ApiLogin login;
  bool json = false;
};

// --url, --user, --insecure and --json, of every command that speaks to a running server.
void add_api_options(CLI::App& command, ApiLogin& login, bool& json);

// A command below `group` that speaks to a running server: its options above, into `login` and `json` of its
// arguments, and `run`, whose outcome is its exit code in `status`. The caller adds what else it takes.
template <typename Arguments>
std::pair<CLI::App*, std::shared_ptr<Arguments>> add_api_command(CLI::App& group, const std::string& name,
                                                                 const std::string& help,
                                                                 Result<void> (*run)(const Arguments&),
                                                                 int& status) {
  auto arguments = std::make_shared<Arguments>();
  auto* command = group.add_subcommand(name, help);
  add_api_options(*command, arguments->login, arguments->json);
  command->callback([arguments, run, &status] {
    const auto done = run(*arguments);
    status = done ? 0 : report(done.error());
  });
  return {command, arguments};
}

}  // namespace gannet::cli
