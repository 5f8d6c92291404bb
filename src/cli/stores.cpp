// gannet store status and what is below gannet store, over the HTTP API.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>
#include <iostream>
#include <memory>

#include "cli/api_client.h"
#include "cli/commands.h"
#include "cli/migrations.h"
#include "cli/options.h"

namespace gannet::cli {
namespace {

namespace json = boost::json;

std::string calls_of(const json::value& calls) {
  return fmt::format("{} ({} failed), p50 {:.2f} ms, p95 {:.2f} ms, p99 {:.2f} ms",
                     calls.at("count").to_number<std::uint64_t>(),
                     calls.at("errors").to_number<std::uint64_t>(), calls.at("p50Ms").to_number<double>(),
                     calls.at("p95Ms").to_number<double>(), calls.at("p99Ms").to_number<double>());
}

std::string pool_of(const json::value& pool) {
  if (pool.is_null()) return "none";
  const auto number = [&](const char* key) { return pool.at(key).to_number<std::uint64_t>(); };
  return fmt::format("{} open, {} in use; {} calls waited, {} in vain", number("open"), number("inUse"),
                     number("waited"), number("exhausted"));
}

void print_store(const json::value& store) {
  const auto text = [&](const char* key) { return json::value_to<std::string>(store.at(key)); };
  std::string roles;
  for (const auto& role : store.at("roles").as_array())
    roles += (roles.empty() ? "" : ", ") + json::value_to<std::string>(role);
  const std::string reason = text("reason");
  std::string state = store.at("writable").as_bool() ? "takes writes" : "takes no writes";
  if (!reason.empty()) state += ": " + reason;
  if (const auto& part = store.at("migration"); !part.is_null())
    roles += (roles.empty() ? "" : ", ") + json::value_to<std::string>(part) + " of a migration";
  std::cout << fmt::format(
      "{}\n  type         {}\n  roles        {}\n  state        {}\n  connections  {}\n  reads        {}\n"
      "  writes       {}\n  conflicts    {}\n",
      text("id"), text("type"), roles, state, pool_of(store.at("pool")), calls_of(store.at("reads")),
      calls_of(store.at("writes")), store.at("conflicts").to_number<std::uint64_t>());
}

struct Arguments : ApiArguments {
  std::string what;  // purge
};

Result<void> run_status(const Arguments& arguments) {
  auto client = TRY(ApiClient::connect(arguments.login));
  const json::value stores = TRY(client.call("GET", "/api/store/status"));
  if (arguments.json) {
    std::cout << json::serialize(stores) << "\n";
    return {};
  }
  for (const auto& store : stores.as_array()) print_store(store);
  return {};
}

Result<void> run_purge(const Arguments& arguments) {
  auto client = TRY(ApiClient::connect(arguments.login));
  std::uint64_t examined = 0, removed = 0;
  for (std::string from;;) {
    const auto done = TRY(
        client.call("POST", "/api/store/purge/" + arguments.what + (from.empty() ? "" : "?from=" + from)));
    examined += done.at("examined").to_number<std::uint64_t>();
    removed += done.at("removed").to_number<std::uint64_t>();
    from = json::value_to<std::string>(done.at("next"));
    if (from.empty()) break;
  }
  if (arguments.json)
    std::cout << json::serialize(json::object{{"examined", examined}, {"removed", removed}}) << "\n";
  else
    std::cout << fmt::format("{} looked at, {} removed.\n", examined, removed);
  return {};
}

}  // namespace

void add_stores(CLI::App& app, int& status) {
  auto* group = app.add_subcommand("store", "How the server's stores do");
  group->require_subcommand(1);
  add_api_command(
      *group, "status",
      "Each store's connections, calls and how long they took lately, and whether it takes writes",
      run_status, status);
  auto [purge, purging] = add_api_command(
      *group, "purge", "Remove now what nobody needs any more: contents of messages, expired lookups",
      run_purge, status);
  purge->add_option("WHAT", purging->what, "blob or lookup")
      ->required()
      ->check(CLI::IsMember({"blob", "lookup"}));
  add_migrations(*group, status);
}

}  // namespace gannet::cli
