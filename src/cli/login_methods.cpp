// gannet account app-password create|list|revoke, gannet account totp enable|disable, over the HTTP API; by an
// administrator, or by somebody for the own account.
#include <CLI/App.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>
#include <iostream>
#include <memory>

#include "cli/api_client.h"
#include "cli/commands.h"
#include "cli/errors.h"
#include "cli/options.h"
#include "cli/terminal.h"

namespace gannet::cli {
namespace {

namespace json = boost::json;

struct Arguments : ApiArguments {
  std::string account, name, code, url;
  std::vector<std::string> protocols;
  bool all = false;
};

std::string path_of(const Arguments& arguments, const char* what) {
  return "/api/principal/" + percent_encode(arguments.account) + "/" + what;
}

Result<void> run_create(const Arguments& arguments) {
  json::array protocols;
  for (const auto& protocol : arguments.protocols) protocols.emplace_back(protocol);
  auto client = TRY(ApiClient::connect(arguments.login));
  const json::value body = json::object{{"name", arguments.name}, {"protocols", std::move(protocols)}};
  const auto made = TRY(client.call("POST", path_of(arguments, "app-password"), &body));
  if (arguments.json)
    std::cout << json::serialize(made) << "\n";
  else
    std::cout << json::value_to<std::string>(made.as_object().at("password"))
              << "\nIt is kept nowhere in clear: write it into the application now.\n";
  return {};
}

Result<void> run_list(const Arguments& arguments) {
  auto client = TRY(ApiClient::connect(arguments.login));
  const auto methods = TRY(client.call("GET", path_of(arguments, "app-password")));
  if (arguments.json) {
    std::cout << json::serialize(methods) << "\n";
    return {};
  }
  for (const auto& item : methods.as_object().at("appPasswords").as_array()) {
    std::string protocols;
    for (const auto& protocol : item.at("protocols").as_array())
      protocols += (protocols.empty() ? "" : ", ") + json::value_to<std::string>(protocol);
    std::cout << json::value_to<std::string>(item.at("name")) << "  "
              << (protocols.empty() ? "all protocols" : protocols) << "\n";
  }
  return {};
}

Result<void> run_revoke(const Arguments& arguments) {
  if (arguments.all == !arguments.name.empty())
    return fail(CliError::kUsage, "Name the application password to revoke, or say --all.");
  auto client = TRY(ApiClient::connect(arguments.login));
  TRY(client.call("DELETE", path_of(arguments, "app-password") +
                                (arguments.all ? "?all=true" : "?name=" + percent_encode(arguments.name))));
  if (arguments.json) std::cout << "null\n";
  return {};
}

// With --key and --code in one step; else it shows a new key and asks for the code that it gives.
Result<void> run_enable(const Arguments& arguments) {
  auto client = TRY(ApiClient::connect(arguments.login));
  std::string url = arguments.url;
  if (url.empty()) {
    const auto proposed = TRY(client.call("POST", path_of(arguments, "totp")));
    url = json::value_to<std::string>(proposed.as_object().at("url"));
    std::cout << url << "\n";
    if (!arguments.json) std::cout << "Take this key over into an authenticator application.\n" << std::flush;
  }
  const std::string code =
      arguments.code.empty() ? TRY(ask_secret("The code that it shows now")) : arguments.code;
  const json::value body = json::object{{"url", url}, {"code", code}};
  TRY(client.call("POST", path_of(arguments, "totp"), &body));
  if (!arguments.json)
    std::cout << "From now on the password of " << arguments.account
              << " is followed by $ and a code: password$123456\n";
  return {};
}

Result<void> run_disable(const Arguments& arguments) {
  auto client = TRY(ApiClient::connect(arguments.login));
  TRY(client.call("DELETE", path_of(arguments, "totp")));
  if (arguments.json) std::cout << "null\n";
  return {};
}

}  // namespace

void add_login_methods(CLI::App& app, int& status) {
  auto* account = app.get_subcommand("account");
  const auto group = [&](const char* name, const char* what) {
    auto* made = account->add_subcommand(name, what);
    made->require_subcommand(1);
    return made;
  };
  const auto command = [&](CLI::App* in, const char* name, const char* what,
                           Result<void> (*run)(const Arguments&)) {
    auto added = add_api_command(*in, name, what, run, status);
    added.first->add_option("ACCOUNT", added.second->account, "For example alice@example.org")->required();
    return added;
  };
  auto* apps = group("app-password", "Passwords for single applications, each of which can be revoked");
  auto [create, creating] = command(apps, "create", "Make one, and print it this one time", run_create);
  create->add_option("NAME", creating->name, "What it is for: Phone")->required();
  create->add_option("--protocol", creating->protocols,
                     "Only for this: imap, pop3, smtp, managesieve, jmap, http; may be given again");
  command(apps, "list", "Print their names and protocols", run_list);
  auto [revoke, revoking] = command(apps, "revoke", "Let it in no longer", run_revoke);
  revoke->add_option("NAME", revoking->name, "As the list has it");
  revoke->add_flag("--all", revoking->all, "All of the account's");

  auto* totp = group("totp", "The second factor: a code that changes each half minute");
  auto [enable, enabling] =
      command(totp, "enable", "Show a new key, and ask for its code from now on", run_enable);
  enable->add_option("--key", enabling->url, "A key of one's own: otpauth://totp/...");
  enable->add_option("--code", enabling->code, "The code that it gives now");
  command(totp, "disable", "Ask for the password alone", run_disable);
}

}  // namespace gannet::cli
