#include "config/config.h"

#include <CLI/App.hpp>
#include <boost/json/array.hpp>
#include <boost/json/value_to.hpp>
#include <cstdlib>
#include <iostream>
#include <memory>

#include "cli/api_client.h"
#include "cli/commands.h"
#include "cli/connections.h"
#include "config/commands.h"
#include "directory/directories.h"
#include "net/settings.h"

namespace gannet::cli {
namespace {

struct Arguments {
  std::string file, key;
  ApiLogin login;
  bool connect = false, fragment = false, all = false, markdown = false;
};

Result<void> try_connections(const std::string& file) {
  SystemClock clock;
  SystemRandom random;
  const auto config = TRY(config::Config::load_file(file));
  TRY(connect_all(config, clock, random));
  return {};
}

int run_check(const Arguments& arguments) {
  const auto report =
      config::check(arguments.file, arguments.fragment, {net::check_settings, directory::check_settings});
  (report.ok ? std::cout : std::cerr) << report.text;
  if (!report.ok) return 1;
  if (!arguments.connect) return 0;
  if (auto reached = try_connections(arguments.file); !reached) return gannet::cli::report(reached.error());
  std::cout << "Every store and directory answers.\n";
  return 0;
}

int run_describe(const Arguments& arguments) {
  if (arguments.markdown) return std::cout << config::render_settings_markdown(), 0;
  auto text = config::describe(arguments.key);
  if (!text) return report(text.error());
  std::cout << *text;
  return 0;
}

// Where the running server keeps what, as comments: after `gannet store migrate` that may be another store than the
// file names.
Result<void> show_in_force(const config::Config& config, const ApiLogin& login) {
  auto client = TRY(ApiClient::connect(login));
  const auto stores = TRY(client.call("GET", "/api/store/status"));
  for (const auto& store : stores.as_array()) {
    const auto id = boost::json::value_to<std::string>(store.at("id"));
    for (const auto& role : store.at("roles").as_array()) {
      const std::string key = "storage." + boost::json::value_to<std::string>(role);
      std::cout << "# in force: " << key << " = \"" << id << "\"";
      if (const auto named = config.string(key); named != id)
        std::cout << ", though the file names \"" << named << "\": it was migrated";
      std::cout << "\n";
    }
  }
  return {};
}

int run_show(const Arguments& arguments) {
  auto config = config::Config::load_file(arguments.file);
  if (!config) return report(config.error());
  std::cout << config::show(*config, arguments.key, arguments.all);
  if (arguments.login.url.empty() && std::getenv("GANNET_URL") == nullptr) return 0;
  if (auto shown = show_in_force(*config, arguments.login); !shown) return report(shown.error());
  return 0;
}

}  // namespace

void add_config(CLI::App& app, int& status) {
  auto* config = app.add_subcommand("config", "Check, explain and show settings");
  config->require_subcommand(1);
  auto arguments = std::make_shared<Arguments>();

  auto* check =
      config->add_subcommand("check", "Say what is wrong with a settings file: key, line, what is allowed");
  check->add_option("FILE", arguments->file, "The settings")->required();
  check->add_flag("--fragment", arguments->fragment,
                  "FILE is a piece: do not ask for what only a whole one needs");
  check->add_flag("--connect", arguments->connect,
                  "Open every store and directory, too; a RocksDB or SQLite only while no server uses it");
  check->callback([=, &status] { status = run_check(*arguments); });

  auto* describe = config->add_subcommand("describe", "Explain a setting, those below a prefix, or all");
  describe->add_option("KEY", arguments->key, "For example imap.timeout.idle, or server.listener");
  describe->add_flag("--markdown", arguments->markdown, "The whole reference page, docs/settings.md");
  describe->callback([=, &status] { status = run_describe(*arguments); });

  auto* show = config->add_subcommand("show", "Each setting's value, and where it comes from");
  show->add_option("--config,-c", arguments->file, "The settings")->required()->envname("GANNET_CONFIG");
  show->add_option("PREFIX", arguments->key, "Only the settings below it");
  show->add_flag("--all", arguments->all, "Defaults too");
  show->add_option("--url", arguments->login.url,
                   "A running server, or GANNET_URL: show which stores are in force there, too");
  show->add_option("--user", arguments->login.user, "An administrator's login, or GANNET_USER");
  show->add_flag("--insecure", arguments->login.insecure, "Take any TLS certificate");
  show->callback([=, &status] { status = run_show(*arguments); });
}

}  // namespace gannet::cli
