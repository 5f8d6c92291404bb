#include "cli/migrations.h"

#include <fmt/format.h>

#include <CLI/Validators.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>
#include <iostream>
#include <memory>

#include "cli/api_client.h"
#include "cli/commands.h"
#include "cli/errors.h"
#include "cli/options.h"
#include "config/values.h"

namespace gannet::cli {
namespace {

namespace json = boost::json;

struct Arguments : ApiArguments {
  bool hold = false, alone = false;
  std::string from, to, rate, role = "data";
};

std::string text_of(const json::value& value, const char* key) {
  return json::value_to<std::string>(value.at(key));
}

std::uint64_t number_of(const json::value& value, const char* key) {
  return value.at(key).to_number<std::uint64_t>();
}

std::string what_to_do(const json::value& migration) {
  const std::string phase = text_of(migration, "phase"), from = text_of(migration, "from"),
                    to = text_of(migration, "to");
  if (phase == "equal")
    return migration.at("hold").as_bool() ? "gannet store migrate cut-over, or gannet store migrate rollback"
                                          : "";
  if (phase == "cut over" && text_of(migration, "role") != "data")
    return fmt::format(
        "write storage.{} = \"{}\" into the settings file; then gannet store migrate confirm, or gannet "
        "store "
        "migrate rollback",
        text_of(migration, "role"), to);
  if (phase == "cut over")
    return fmt::format(
        "write \"{}\" for \"{}\" wherever storage.* and directory.<id>.store name it; then gannet store "
        "migrate "
        "confirm, "
        "or gannet store migrate rollback",
        to, from);
  if (phase == "rolling back")
    return fmt::format(
        "wait: what only store.{} has yet is fetched from there, so it must be reachable. If it never will "
        "be: "
        "gannet store migrate abandon",
        to);
  if (phase == "confirmed")
    return fmt::format("[store.{}] may go from the settings, and its contents too", from);
  return "";
}

void print(const json::value& migration) {
  if (migration.is_null()) {
    std::cout << "No migration is under way.\n";
    return;
  }
  const std::string role = text_of(migration, "role");
  const char* items = role == "data"   ? "keys"
                      : role == "fts"  ? "documents"
                      : role == "blob" ? "messages"
                                       : "values";
  std::cout << fmt::format(
      "{} -> {}\n  role         {}\n  phase        {}\n  in force     {}\n  copied       {} of {} {}, {} "
      "bytes\n",
      text_of(migration, "from"), text_of(migration, "to"), role, text_of(migration, "phase"),
      text_of(migration, "inForce"), number_of(migration, "keys"), number_of(migration, "totalKeys"), items,
      number_of(migration, "bytes"));
  std::cout << fmt::format("  compared     {} {}, {} copied again\n", number_of(migration, "verifiedKeys"),
                           items, number_of(migration, "repairedKeys"));
  if (const auto& left = migration.at("secondsLeft"); !left.is_null())
    std::cout << fmt::format("  left         about {} seconds of this phase\n",
                             left.to_number<std::int64_t>());
  if (const auto error = text_of(migration, "error"); !error.empty())
    std::cout << fmt::format("  error        {}; it is tried again\n", error);
  if (const auto next = what_to_do(migration); !next.empty())
    std::cout << fmt::format("  to do        {}\n", next);
}

Result<json::value> show(const Arguments& arguments, json::value migration) {
  if (arguments.json)
    std::cout << json::serialize(migration) << "\n";
  else
    print(migration);
  return migration;
}

Result<void> run_begin(const Arguments& arguments) {
  json::object plan{{"role", arguments.role},
                    {"from", arguments.from},
                    {"to", arguments.to},
                    {"hold", arguments.hold},
                    {"alone", arguments.alone}};
  if (!arguments.rate.empty()) {
    const auto rate = config::parse_size(arguments.rate);
    if (!rate || *rate == 0)
      return fail(CliError::kUsage,
                  "--rate: bytes a second, as 512kb or 50mb, not \"" + arguments.rate + "\"");
    plan["rate"] = *rate;
  }
  const json::value body = std::move(plan);
  auto client = TRY(ApiClient::connect(arguments.login));
  TRY(show(arguments, TRY(client.call("POST", "/api/store/migration", &body))));
  return {};
}

Result<void> run_status(const Arguments& arguments) {
  auto client = TRY(ApiClient::connect(arguments.login));
  TRY(show(arguments, TRY(client.call("GET", "/api/store/migration"))));
  return {};
}

Result<void> run_cut_over(const Arguments& arguments) {
  auto client = TRY(ApiClient::connect(arguments.login));
  TRY(show(arguments, TRY(client.call("POST", "/api/store/migration/cut-over"))));
  return {};
}

Result<void> run_rollback(const Arguments& arguments) {
  auto client = TRY(ApiClient::connect(arguments.login));
  TRY(show(arguments, TRY(client.call("POST", "/api/store/migration/rollback"))));
  return {};
}

Result<void> run_confirm(const Arguments& arguments) {
  auto client = TRY(ApiClient::connect(arguments.login));
  TRY(show(arguments, TRY(client.call("POST", "/api/store/migration/confirm"))));
  return {};
}

}  // namespace

void add_migrations(CLI::App& store, int& status) {
  auto* migrate = store.add_subcommand(
      "migrate", "Move data, messages, the search index or lookups to another store, while the server runs");
  migrate->require_subcommand(0, 1);
  auto begin = std::make_shared<Arguments>();
  add_api_options(*migrate, begin->login, begin->json);
  migrate->add_option("--from", begin->from, "The store that holds the data now, by its id in the settings");
  migrate->add_option("--to", begin->to, "The store to move it to: one of the settings, empty");
  migrate->add_option("--role", begin->role, "What to move: data (the default), blob, fts or lookup")
      ->check(CLI::IsMember({"data", "blob", "fts", "lookup"}));
  migrate->add_option("--rate", begin->rate, "Bytes a second to copy at most, as 50mb");
  migrate->add_flag("--alone", begin->alone,
                    "No other Gannet uses the store for data, whatever they told of themselves");
  migrate->add_flag("--hold", begin->hold, "Stay with the old store until gannet store migrate cut-over");
  migrate->callback([migrate, begin, &status] {
    if (!migrate->get_subcommands().empty()) return;
    auto done =
        begin->from.empty() || begin->to.empty()
            ? Result<void>(fail(CliError::kUsage, "gannet store migrate --from ID --to ID: ids of stores"))
            : run_begin(*begin);
    status = done ? 0 : report(done.error());
  });
  const auto command = [&](const char* name, const char* what, Result<void> (*run)(const Arguments&)) {
    add_api_command(*migrate, name, what, run, status);
  };
  command("status", "How far it is, and what is to be done", run_status);
  command("cut-over", "Use the new store, once both are equal; after --hold", run_cut_over);
  command("rollback", "Give it up; after the cut-over with all that was written since", run_rollback);
  command("confirm", "Keep the new store for good, and leave the old one", run_confirm);
  add_abandon_migration(*migrate, status);
}

}  // namespace gannet::cli
