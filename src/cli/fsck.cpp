// gannet fsck, over the HTTP API.
#include <unistd.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <iostream>
#include <memory>
#include <thread>

#include "cli/api_client.h"
#include "cli/commands.h"
#include "cli/errors.h"
#include "cli/options.h"
#include "config/config.h"
#include "fsck/salvage.h"
#include "store/stores.h"

namespace gannet::cli {
namespace {

namespace json = boost::json;

struct Arguments : ApiArguments {
  bool repair = false, deep = false;
  std::string account;
};

std::uint64_t number(const json::object& fields, std::string_view name) {
  return fields.at(name).to_number<std::uint64_t>();
}

std::string text(const json::object& fields, std::string_view name) {
  return std::string(fields.at(name).as_string());
}

void print_finding(const json::object& finding) {
  std::cout << text(finding, "fate") << "  " << text(finding, "check");
  if (const auto account = number(finding, "account")) std::cout << "  account " << account;
  std::cout << ": " << text(finding, "what") << "\n";
}

void print_end(const json::object& status, bool repair) {
  const auto found = number(status, "found"), repaired = number(status, "repaired"),
             lost = number(status, "lost"), unchecked = number(status, "unchecked");
  if (found + repaired + lost + unchecked == 0) {
    std::cout << "Everything is as it should be.\n";
    return;
  }
  std::cout << found << " to be repaired, " << repaired << " repaired, " << lost << " lost, " << unchecked
            << " not checked.\n";
  if (found > 0 && !repair) std::cout << "gannet fsck --repair repairs what can be.\n";
}

// Until the run has ended; its last status, with all findings.
Result<json::object> follow(ApiClient& client, std::uint64_t run, bool print) {
  const bool terminal = print && isatty(STDERR_FILENO) != 0;
  json::array findings;
  auto pause = std::chrono::milliseconds(20);
  for (;;) {
    const auto answer = TRY(client.call("GET", "/api/fsck?from=" + std::to_string(findings.size())));
    json::object status = answer.as_object();
    if (number(status, "run") != run)
      return fail(CliError::kServer, "Another check was started, or the server was, meanwhile.");
    const auto& more = status.at("findings").as_array();
    for (const auto& finding : more) {
      if (print) print_finding(finding.as_object());
      findings.push_back(finding);
    }
    if (terminal)
      std::cerr << "\r" << text(status, "phase") << " " << number(status, "done") << "\033[K" << std::flush;
    if (!status.at("running").as_bool() && findings.size() >= number(status, "kept")) {
      if (terminal) std::cerr << "\r\033[K";
      status["findings"] = std::move(findings);
      return status;
    }
    if (!more.empty()) continue;
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds(500));
  }
}

// What a salvage finds, as it comes.
class Printer : public fsck::Listener {
 public:
  void found(const fsck::Finding& finding) override {
    lost_ += finding.fate == fsck::Fate::kLost;
    std::cout << fsck::to_string(finding.fate) << "  " << finding.check;
    if (finding.account != 0) std::cout << "  account " << finding.account;
    std::cout << ": " << finding.what << "\n";
  }
  void progress(const std::string& phase, std::uint64_t done, std::uint64_t) override {
    if (isatty(STDERR_FILENO) != 0) std::cerr << "\r" << phase << " " << done << "\033[K" << std::flush;
  }
  bool cancelled() override { return false; }
  std::uint64_t lost() const { return lost_; }

 private:
  std::uint64_t lost_ = 0;
};

struct SalvageArguments {
  std::string from, config, copy;
};

// Whether nothing was lost.
Result<bool> run_salvage(const SalvageArguments& arguments) {
  SystemClock clock;
  SystemRandom random;
  const auto config = TRY(config::Config::load_file(arguments.config));
  const auto stores = TRY(store::open_stores(config, clock, random, store::OpenFor::kFill));
  Printer printer;
  const std::string copy = arguments.copy.empty() ? arguments.from + ".salvage" : arguments.copy;
  const auto outcome = TRY(fsck::salvage(arguments.from, copy, stores, clock, random, printer));
  for (const auto& damage : outcome.damage) std::cout << "damage  " << damage << "\n";
  std::cout << outcome.records << " records were read, with " << outcome.messages << " messages; "
            << outcome.damage.size() << " damaged places, " << printer.lost() << " things lost.\n"
            << "Start the server with " << arguments.config << "; it makes the search index anew.\n";
  return outcome.damage.empty() && printer.lost() == 0;
}

Result<bool> run(const Arguments& arguments) {
  auto client = TRY(ApiClient::connect(arguments.login));
  std::string path = "/api/fsck?repair=";
  path += arguments.repair ? "true" : "false";
  if (arguments.deep) path += "&deep=true";
  if (!arguments.account.empty()) path += "&account=" + percent_encode(arguments.account);
  const auto started = TRY(client.call("POST", path));
  const auto status = TRY(follow(client, number(started.as_object(), "run"), !arguments.json));
  if (arguments.json)
    std::cout << json::serialize(status) << "\n";
  else
    print_end(status, arguments.repair);
  if (const auto* failed = status.if_contains("failed"))
    return fail(CliError::kServer, "The check did not come to its end: " + std::string(failed->as_string()));
  return number(status, "found") + number(status, "lost") + number(status, "unchecked") == 0;
}

}  // namespace

void add_fsck(CLI::App& app, int& status) {
  auto* command = app.add_subcommand(
      "fsck", "Check all data of the running server, and repair what can be derived (docs/fsck.md)");
  auto arguments = std::make_shared<Arguments>();
  add_api_options(*command, arguments->login, arguments->json);
  command->add_flag("--repair", arguments->repair, "Repair: counters, lists, links; nothing is removed");
  command->add_flag("--deep", arguments->deep, "Read every message and compare its hash as well");
  command->add_option("--account", arguments->account, "Check this account alone, as alice@example.org");
  const auto leave = [&status](const Result<bool>& clean) {
    if (!clean)
      status = report(clean.error());
    else if (!*clean)
      status = 3;
  };
  auto* salvage = command->add_subcommand(
      "salvage", "Read what can be read out of a damaged RocksDB directory into a new, empty store");
  auto files = std::make_shared<SalvageArguments>();
  salvage->add_option("--from", files->from, "The damaged directory; it is not altered")->required();
  salvage->add_option("--config", files->config, "The settings of the new server, with its new stores")
      ->required();
  salvage->add_option("--copy", files->copy,
                      "Where a copy is made if the files must be put in order first; FROM.salvage without");
  salvage->callback([files, leave] { leave(run_salvage(*files)); });
  command->callback([command, arguments, leave] {
    if (command->get_subcommands().empty()) leave(run(*arguments));
  });
}

}  // namespace gannet::cli
