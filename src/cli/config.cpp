#include "config/config.h"

#include <CLI/App.hpp>
#include <iostream>
#include <memory>

#include "cli/commands.h"
#include "config/commands.h"

namespace gannet::cli {
namespace {

struct Arguments {
  std::string file, key;
  bool fragment = false, all = false, markdown = false;
};

int run_check(const Arguments& arguments) {
  const auto report = config::check(arguments.file, arguments.fragment);
  (report.ok ? std::cout : std::cerr) << report.text;
  return report.ok ? 0 : 1;
}

int run_describe(const Arguments& arguments) {
  if (arguments.markdown) return std::cout << config::render_settings_markdown(), 0;
  auto text = config::describe(arguments.key);
  if (!text) return report(text.error());
  std::cout << *text;
  return 0;
}

int run_show(const Arguments& arguments) {
  auto config = config::Config::load_file(arguments.file);
  if (!config) return report(config.error());
  std::cout << config::show(*config, arguments.key, arguments.all);
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
  check->callback([=, &status] { status = run_check(*arguments); });

  auto* describe = config->add_subcommand("describe", "Explain a setting, those below a prefix, or all");
  describe->add_option("KEY", arguments->key, "For example imap.timeout.idle, or server.listener");
  describe->add_flag("--markdown", arguments->markdown, "The whole reference page, docs/settings.md");
  describe->callback([=, &status] { status = run_describe(*arguments); });

  auto* show = config->add_subcommand("show", "Each setting's value, and where it comes from");
  show->add_option("--config,-c", arguments->file, "The settings")->required()->envname("GANNET_CONFIG");
  show->add_option("PREFIX", arguments->key, "Only the settings below it");
  show->add_flag("--all", arguments->all, "Defaults too");
  show->callback([=, &status] { status = run_show(*arguments); });
}

}  // namespace gannet::cli
