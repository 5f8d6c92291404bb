// gannet backup create|verify|restore. The running server makes backups; the others need only the files.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <boost/json/value_to.hpp>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>
#include <thread>

#include "backup/restore.h"
#include "base/clock.h"
#include "base/random.h"
#include "cli/api_client.h"
#include "cli/commands.h"
#include "cli/errors.h"
#include "cli/options.h"
#include "cli/restore_account.h"
#include "config/config.h"
#include "store/stores.h"

namespace gannet::cli {
namespace {

namespace json = boost::json;

// Between two questions how far the server is.
constexpr auto kPoll = std::chrono::milliseconds(200);

constexpr int kMissing = 3;  // the exit code: it is done, but messages are missing, as of `gannet fsck`

struct Arguments : ApiArguments {
  std::string folder, snapshot, config;
  std::string account, into, journal;  // restore: one account
};

Result<bool> run_create(const Arguments& arguments) {
  auto client = TRY(ApiClient::connect(arguments.login));
  const std::string folder = std::filesystem::absolute(arguments.folder).lexically_normal();
  const json::value body(json::object{{"folder", folder}});
  auto status = TRY(client.call("POST", "/api/backup", &body));
  while (status.at("running").as_bool()) {
    std::this_thread::sleep_for(kPoll);
    status = TRY(client.call("GET", "/api/backup"));
  }
  if (const auto error = json::value_to<std::string>(status.at("error")); !error.empty())
    return fail(CliError::kServer, error);
  if (arguments.json)
    std::cout << json::serialize(status) << "\n";
  else
    std::cout << fmt::format(
        "Made {} in {}: {} messages, {} of them new ({} bytes), {} records.\n",
        json::value_to<std::string>(status.at("snapshot")), folder,
        status.at("messages").to_number<std::uint64_t>(), status.at("newMessages").to_number<std::uint64_t>(),
        status.at("newBytes").to_number<std::uint64_t>(), status.at("records").to_number<std::uint64_t>());
  const auto missing = status.at("missing").to_number<std::uint64_t>();
  if (missing > 0)
    std::cerr << "gannet: " << missing
              << " messages are linked but missing in the store, and so in the backup: the server's log "
                 "names them, "
                 "`gannet fsck` tells whose they are.\n";
  return missing == 0;
}

Result<bool> run_verify(const Arguments& arguments) {
  const auto found = TRY(backup::verify_backup(arguments.folder, arguments.snapshot));
  if (arguments.json)
    std::cout << json::serialize(json::object{{"records", found.records},
                                              {"messages", found.blobs},
                                              {"missing", json::value_from(found.missing)}})
              << "\n";
  else
    std::cout << fmt::format("{}: {} messages and {} records are as they were written.\n",
                             found.missing.empty() ? "Good" : "Messages are missing", found.blobs,
                             found.records);
  for (const auto& id : found.missing)
    std::cerr << "gannet: the message " << id
              << " was missing in the store already when the backup was made.\n";
  return found.missing.empty();
}

Result<bool> run_restore(const Arguments& arguments) {
  if (!arguments.account.empty()) {
    TRY(restore_account({.login = arguments.login,
                         .json = arguments.json,
                         .folder = arguments.folder,
                         .snapshot = arguments.snapshot,
                         .account = arguments.account,
                         .into = arguments.into,
                         .journal = arguments.journal}));
    return true;
  }
  if (arguments.config.empty())
    return fail(
        CliError::kUsage,
        "--config names the settings whose empty stores are filled; or --account the one account that a "
        "running server gets back.");
  SystemClock clock;
  SystemRandom random;
  const auto config = TRY(config::Config::load_file(arguments.config));
  const auto stores = TRY(store::open_stores(config, clock, random, store::OpenFor::kFill));
  const auto done = TRY(backup::restore_backup(arguments.folder, arguments.snapshot, stores));
  if (arguments.json)
    std::cout << json::serialize(json::object{{"snapshot", done.name},
                                              {"messages", done.blobs},
                                              {"records", done.records},
                                              {"search", done.search}})
              << "\n";
  else
    std::cout << fmt::format("Restored {}: {} messages, {} records.\n", done.name, done.blobs, done.records);
  if (!done.search)
    std::cerr
        << "The full-text index is not in the backup: once the server runs it makes that anew; searches "
           "find everything meanwhile.\n";
  return true;
}

}  // namespace

void add_backup(CLI::App& app, int& status) {
  auto* group = app.add_subcommand("backup", "Copies of the whole server, and back");
  group->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, Result<bool> (*run)(const Arguments&)) {
    auto arguments = std::make_shared<Arguments>();
    auto* command = group->add_subcommand(name, help);
    command->callback([arguments, run, &status] {
      auto done = run(*arguments);
      status = !done ? report(done.error()) : *done ? 0 : kMissing;
    });
    return std::pair(command, arguments);
  };
  auto [create, creating] =
      add("create", "The running server writes one to a folder; a second one there copies only new messages",
          run_create);
  create->add_option("--to", creating->folder, "A folder on the server's host, which the server may write")
      ->required();
  add_api_options(*create, creating->login, creating->json);
  auto [verify, verifying] =
      add("verify", "Read all of it and compare checksums; needs no server", run_verify);
  auto [restore, restoring] =
      add("restore", "Fill empty stores, of any backend, while no server runs", run_restore);
  restore->add_option("--config,-c", restoring->config, "The settings that name the stores")
      ->envname("GANNET_CONFIG");
  restore->add_option("--account", restoring->account,
                      "Only this account, into the running server that --url or GANNET_URL names");
  restore->add_option("--into", restoring->into,
                      "With --account: put all its mailboxes below this one, as Restored");
  restore->add_option("--journal", restoring->journal,
                      "With --account: the file that keeps how far it is (default: gannet-restore-LOGIN)");
  restore->add_option("--url", restoring->login.url, "With --account: the server, or GANNET_URL");
  restore->add_option("--user", restoring->login.user,
                      "With --account: an administrator's login, or GANNET_USER");
  restore->add_flag("--insecure", restoring->login.insecure, "Take any TLS certificate");
  for (auto& [command, arguments] : {std::pair(verify, verifying), std::pair(restore, restoring)}) {
    command->add_option("DIR", arguments->folder, "What `gannet backup create --to` named")->required();
    command->add_option("--snapshot", arguments->snapshot,
                        "Another than the newest: a name in DIR/snapshots, as 2026-01-31T03-00-00Z");
    command->add_flag("--json", arguments->json, "Print JSON");
  }
}

}  // namespace gannet::cli
