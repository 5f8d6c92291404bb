// gannet cache status|clear, over the HTTP API.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>
#include <memory>

#include "cli/api_client.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "config/values.h"

namespace gannet::cli {
namespace {

namespace json = boost::json;

struct Arguments : ApiArguments {
  std::string name;
};

std::uint64_t number(const json::object& object, std::string_view key) {
  return object.at(key).to_number<std::uint64_t>();
}

// "12 of 500", "12"
std::string fill(const json::object& cache) {
  const auto most = number(cache, "maxEntries");
  return fmt::format("{}{}", number(cache, "entries"), most ? fmt::format(" of {}", most) : "");
}

std::string memory(const json::object& cache) {
  const auto most = number(cache, "maxBytes");
  if (most == 0) return "-";
  return fmt::format("{:.1f} of {:.1f} MB", static_cast<double>(number(cache, "bytes")) / (1 << 20),
                     static_cast<double>(most) / (1 << 20));
}

std::string share(const json::object& cache) {
  const auto hits = number(cache, "hits"), all = hits + number(cache, "misses");
  return all == 0 ? "-"
                  : fmt::format("{:.1f} %", 100.0 * static_cast<double>(hits) / static_cast<double>(all));
}

Result<void> run_status(const Arguments& arguments) {
  auto client = TRY(ApiClient::connect(arguments.login));
  const auto status = TRY(client.call("GET", "/api/cache"));
  if (arguments.json) {
    std::cout << json::serialize(status) << "\n";
    return {};
  }
  std::cout << fmt::format("{:<32}{:>20}{:>22}{:>12}{:>12}{:>10}{:>12}\n", "cache", "entries", "memory",
                           "hits", "misses", "answered", "evicted");
  for (const auto& item : status.as_object().at("items").as_array()) {
    const auto& cache = item.as_object();
    std::cout << fmt::format("{:<32}{:>20}{:>22}{:>12}{:>12}{:>10}{:>12}\n",
                             std::string_view(cache.at("name").as_string()), fill(cache), memory(cache),
                             number(cache, "hits"), number(cache, "misses"), share(cache),
                             number(cache, "evictions"));
  }
  return {};
}

Result<void> run_clear(const Arguments& arguments) {
  auto client = TRY(ApiClient::connect(arguments.login));
  const auto done = TRY(client.call(
      "DELETE", "/api/cache" + (arguments.name.empty() ? "" : "/" + percent_encode(arguments.name))));
  if (arguments.json) {
    std::cout << json::serialize(done) << "\n";
    return {};
  }
  for (const auto& name : done.as_object().at("cleared").as_array())
    std::cout << "Emptied " << std::string_view(name.as_string()) << "\n";
  return {};
}

}  // namespace

void add_cache(CLI::App& app, int& status) {
  auto* group = app.add_subcommand("cache", "What the server keeps in memory: status, clear");
  group->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, Result<void> (*run)(const Arguments&)) {
    return add_api_command(*group, name, help, run, status);
  };
  add("status", "Print each cache: how full it is, and how often it had the answer", run_status);
  auto [clear, arguments] = add("clear", "Empty all of them, or one", run_clear);
  clear->add_option("NAME", arguments->name, "As `cache status` prints it, or its beginning: directory.sql");
}

}  // namespace gannet::cli
