// gannet ban list|add|remove, over the HTTP API.
#include <CLI/App.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>
#include <ctime>
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
  std::string target, length, reason;
};

// "2026-01-31 12:00:00 UTC"
std::string time_of(const json::value& seconds) {
  const std::time_t at = seconds.to_number<std::int64_t>();
  std::tm parts{};
  ::gmtime_r(&at, &parts);
  char text[40];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts);
  return text;
}

void print_ban(const json::value& ban) {
  const auto& fields = ban.as_object();
  const auto* until = fields.if_contains("until");
  std::cout << json::value_to<std::string>(fields.at("target")) << "  "
            << (until ? "until " + time_of(*until) : std::string("until it is removed")) << "  "
            << json::value_to<std::string>(fields.at("reason")) << "\n";
}

Result<void> run_list(const Arguments& arguments) {
  auto client = TRY(ApiClient::connect(arguments.login));
  const auto answer = TRY(client.call("GET", "/api/ban"));
  const auto& items = answer.as_object().at("items");
  if (arguments.json) {
    std::cout << json::serialize(items) << "\n";
    return {};
  }
  for (const auto& item : items.as_array()) print_ban(item);
  return {};
}

Result<void> run_add(const Arguments& arguments) {
  json::object body{{"target", arguments.target}};
  if (!arguments.reason.empty()) body["reason"] = arguments.reason;
  if (!arguments.length.empty()) {
    const auto length = config::parse_duration(arguments.length);
    if (!length) return fail(CliError::kUsage, "--for " + arguments.length + " is no time: 30m, 12h, 7d.");
    body["seconds"] = std::chrono::duration_cast<std::chrono::seconds>(*length).count();
  }
  auto client = TRY(ApiClient::connect(arguments.login));
  const json::value value(std::move(body));
  const auto ban = TRY(client.call("POST", "/api/ban", &value));
  if (arguments.json)
    std::cout << json::serialize(ban) << "\n";
  else
    print_ban(ban);
  return {};
}

Result<void> run_remove(const Arguments& arguments) {
  auto client = TRY(ApiClient::connect(arguments.login));
  TRY(client.call("DELETE", "/api/ban?target=" + percent_encode(arguments.target)));
  if (arguments.json) std::cout << "null\n";
  return {};
}

}  // namespace

void add_bans(CLI::App& app, int& status) {
  auto* bans = app.add_subcommand("ban", "Who may not log in for a while: addresses, networks, accounts");
  bans->require_subcommand(1);
  const auto command = [&](const char* name, const char* what, Result<void> (*run)(const Arguments&)) {
    return add_api_command(*bans, name, what, run, status);
  };
  command("list", "Print them, and until when", run_list);
  auto [add, adding] = command("add", "Ban an address, a network or an account", run_add);
  add->add_option("TARGET", adding->target, "192.0.2.1, 192.0.2.0/24 or alice@example.org")->required();
  add->add_option("--for", adding->length, "30m, 12h, 7d; else until it is removed");
  add->add_option("--reason", adding->reason, "For whoever reads the list");
  auto [remove, removing] = command("remove", "Let them try again", run_remove);
  remove->add_option("TARGET", removing->target, "As `gannet ban list` prints it")->required();
}

}  // namespace gannet::cli
