// gannet directory test, over the HTTP API.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <boost/json/serialize.hpp>
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
  std::string id, who, password_file;
};

std::string shown(const json::value& value) {
  return printable(std::string(std::string_view(value.as_string())));
}

void print(const json::object& asked) {
  std::cout << shown(asked.at("question")) << "\n";
  for (const auto& item : asked.at("steps").as_array()) {
    const auto& step = item.as_object();
    const auto took = step.at("milliseconds").to_number<double>();
    std::cout << fmt::format("  {}: {}\n    -> {}{}\n", shown(step.at("what")), shown(step.at("question")),
                             shown(step.at("answer")),
                             step.at("cached").as_bool() ? "  (from memory)"
                             : took > 0                  ? fmt::format("  ({:.1f} ms)", took)
                                                         : "");
  }
  std::cout << "  " << shown(asked.at("conclusion")) << "\n";
}

Result<void> run_test(const Arguments& arguments) {
  auto client = TRY(ApiClient::connect(arguments.login));
  json::object body{{"login", arguments.who}};
  if (!arguments.password_file.empty()) {
    body.emplace("password", TRY(read_secret_file(arguments.password_file)));
  }
  const json::value value(std::move(body));
  const auto answer =
      TRY(client.call("POST", "/api/directory/" + percent_encode(arguments.id) + "/test", &value));
  if (arguments.json) {
    std::cout << json::serialize(answer) << "\n";
    return {};
  }
  for (const auto& asked : answer.as_object().at("questions").as_array()) print(asked.as_object());
  return {};
}

}  // namespace

void add_directory(CLI::App& app, int& status) {
  auto* group = app.add_subcommand("directory", "The directories: test");
  group->require_subcommand(1);
  auto [command, arguments] = add_api_command(
      *group, "test",
      "Ask a directory about a login or an address, and show each step and what follows from it", run_test,
      status);
  command->add_option("ID", arguments->id, "Of the directory, as in directory.<id>")->required();
  command->add_option("LOGIN|ADDRESS", arguments->who, "Whom to ask about")->required();
  command->add_option("--password-file", arguments->password_file,
                      "Try to log in, with the password in the first line of this file");
}

}  // namespace gannet::cli
