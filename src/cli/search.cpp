// gannet search reindex|status, over the HTTP API.
#include <CLI/App.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>
#include <memory>

#include "cli/api_client.h"
#include "cli/commands.h"
#include "cli/options.h"

namespace gannet::cli {
namespace {

namespace json = boost::json;

struct Arguments : ApiArguments {
  std::string account;
};

Result<void> run_status(const Arguments& arguments) {
  auto client = TRY(ApiClient::connect(arguments.login));
  const auto status = TRY(client.call("GET", "/api/search/status"));
  if (arguments.json) {
    std::cout << json::serialize(status) << "\n";
    return {};
  }
  const auto& fields = status.as_object();
  std::cout << "waiting        " << json::serialize(fields.at("waiting")) << "\n";
  if (fields.at("waiting").to_number<std::uint64_t>() > 0)
    std::cout << "oldest         " << json::serialize(fields.at("oldestSeconds")) << " seconds\n";
  return {};
}

Result<void> run_reindex(const Arguments& arguments) {
  auto client = TRY(ApiClient::connect(arguments.login));
  const std::string path =
      "/api/search/reindex" + (arguments.account.empty() ? "" : "/" + percent_encode(arguments.account));
  const auto done = TRY(client.call("POST", path));
  if (arguments.json) {
    std::cout << json::serialize(done) << "\n";
    return {};
  }
  const auto& fields = done.as_object();
  std::cout << "Listed " << json::serialize(fields.at("messages")) << " messages of "
            << json::serialize(fields.at("accounts"))
            << " accounts. They are indexed in the background: gannet search status\n";
  return {};
}

}  // namespace

void add_search(CLI::App& app, int& status) {
  auto* search = app.add_subcommand("search", "The full-text index: what waits for it, and making it anew");
  search->require_subcommand(1);
  const auto command = [&](const char* name, const char* what, Result<void> (*run)(const Arguments&)) {
    return add_api_command(*search, name, what, run, status);
  };
  command("status", "How many messages wait to be indexed, and for how long", run_status);
  auto [reindex, arguments] =
      command("reindex", "Index all messages anew; of one account, or of all", run_reindex);
  reindex->add_option("account", arguments->account, "As alice@example.org");
}

}  // namespace gannet::cli
