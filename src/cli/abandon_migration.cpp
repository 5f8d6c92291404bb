// gannet store migrate abandon: the way out when one of the two stores never comes back.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>
#include <iostream>
#include <memory>

#include "base/clock.h"
#include "base/random.h"
#include "cli/commands.h"
#include "cli/migrations.h"
#include "config/config.h"
#include "store/migration/abandon.h"
#include "store/stores.h"

namespace gannet::cli {
namespace {

struct Arguments {
  std::string config, keep, role = "data";
  bool force = false;
};

Result<void> run(const Arguments& arguments) {
  SystemClock clock;
  SystemRandom random;
  const auto config = TRY(config::Config::load_file(arguments.config));
  const auto role = *store::role_named(arguments.role);  // one of them, by the option's check
  const auto done =
      TRY(store::abandon_migration(config, role, arguments.keep, arguments.force, clock, random));
  const std::string& lost = arguments.keep == done.record.to ? done.record.from : done.record.to;
  std::cout << fmt::format(
      "The migration from \"{}\" to \"{}\" is abandoned. Changes that store.{} may have had alone: {}\n"
      "Write \"{}\" wherever the settings name \"{}\" for this, and start the server.\n",
      done.record.from, done.record.to, lost, done.listed, arguments.keep, lost);
  if (role == store::Role::kBlob) std::cout << "Then gannet fsck tells whose messages are lost.\n";
  return {};
}

}  // namespace

void add_abandon_migration(CLI::App& migrate, int& status) {
  auto* command = migrate.add_subcommand(
      "abandon",
      "End it with one store alone because the other is gone for good; the server must be stopped");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("--config", arguments->config, "The settings file of the server")->required();
  command->add_option("--keep", arguments->keep, "The store that is left, by its id")->required();
  command
      ->add_option("--role", arguments->role, "What was being moved: data (the default), blob, fts or lookup")
      ->check(CLI::IsMember({"data", "blob", "fts", "lookup"}));
  command->add_flag("--force", arguments->force,
                    "Although the other store can be opened: it came back empty, say");
  command->callback([arguments, &status] {
    const auto done = run(*arguments);
    status = done ? 0 : report(done.error());
  });
}

}  // namespace gannet::cli
