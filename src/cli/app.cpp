#include "cli/app.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <iostream>

#include "cli/commands.h"
#include "config/registry.h"

namespace gannet::cli {

int report(const Error& error) {
  std::cerr << "gannet: " << error.describe() << "\n";
  return 1;
}

namespace {

// What was typed up to a word that is no command, or up to where one is missing; empty when that is not what
// is wrong.
std::string missing_command(const CLI::App& app, int argc, char** argv) {
  const CLI::App* at = &app;
  std::string above, typed = "gannet";
  int word = 1;
  for (; word < argc; ++word) {
    const auto commands = at->get_subcommands(nullptr);
    const auto next = std::ranges::find(commands, std::string_view(argv[word]), &CLI::App::get_name);
    if (next == commands.end()) break;
    at = *next;
    above = typed;
    typed += " " + std::string(argv[word]);
  }
  if (at->get_require_subcommand_min() == 0 || (word < argc && argv[word][0] == '-')) return {};
  if (word == argc) return at->help(above);
  std::vector<std::string> names;
  for (const auto* command : at->get_subcommands(nullptr)) names.push_back(command->get_name());
  const std::string_view given = argv[word];
  const auto nearest = config::nearest_word(given, {names.begin(), names.end()});
  std::string out = "gannet: there is no command " + typed + " " + argv[word];
  if (config::edit_distance(given, nearest) <= std::max<std::size_t>(1, given.size() / 3))
    out += "; did you mean " + std::string(nearest) + "?";
  return out + "\n" + typed + " --help names them all.\n";
}

}  // namespace

int run(int argc, char** argv, const std::function<int(const ServeArguments&)>& serve) {
  CLI::App app{
      "Gannet, a mail server: SMTP, LMTP, IMAP and more in one program.\n\n"
      "A first server:\n"
      "  gannet setup                        asks what is needed and writes the settings\n"
      "  gannet serve --config FILE          runs the server\n"
      "  gannet account create alice@example.org\n"
      "  gannet config describe imap         what can be set, and to what",
      "gannet"};
  app.set_version_flag("--version", GANNET_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  int status = 0;
  add_serve(app, status, serve);
  add_setup(app, status);
  add_config(app, status);
  add_principals(app, status);
  add_transfer(app, status);
  add_backup(app, status);
  add_queue(app, status);
  add_cache(app, status);
  add_directory(app, status);
  add_stores(app, status);
  add_login_methods(app, status);
  add_password(app, status);
  add_bans(app, status);
  add_search(app, status);
  add_fsck(app, status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // CLI11 says only that a command is missing.
    if (error.get_exit_code() != 0) {
      if (const auto text = missing_command(app, argc, argv); !text.empty()) {
        std::cerr << text;
        return 2;
      }
    }
    const int code = app.exit(error, std::cout, std::cerr);
    return code == 0 ? 0 : 2;
  }
  return status;
}

}  // namespace gannet::cli
