#include "cli/app.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <iostream>

#include "cli/commands.h"

namespace gannet::cli {

int report(const Error& error) {
  std::cerr << "gannet: " << error.describe() << "\n";
  return 1;
}

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
    const int code = app.exit(error, std::cout, std::cerr);
    return code == 0 ? 0 : 2;
  }
  return status;
}

}  // namespace gannet::cli
