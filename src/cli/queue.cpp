// gannet queue list|show|retry|remove, over the HTTP API.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>
#include <iostream>
#include <memory>

#include "cli/api_client.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "config/values.h"

namespace gannet::cli {
namespace {

namespace json = boost::json;

struct Arguments : ApiArguments {
  std::string id;
};

std::string text(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (!value) return {};
  return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

std::string path_of(const Arguments& arguments) {
  return "/api/queue/messages/" + percent_encode(arguments.id);
}

Result<void> run_list(const Arguments& arguments) {
  auto client = TRY(ApiClient::connect(arguments.login));
  json::array all;
  std::string after;
  do {
    const auto page = TRY(client.call("GET", "/api/queue/messages?limit=500&after=" + after));
    const auto& object = page.as_object();
    for (const auto& item : object.at("items").as_array()) {
      const auto& message = item.as_object();
      if (arguments.json) {
        all.push_back(item);
        continue;
      }
      const auto& recipients = message.at("recipients").as_array();
      const auto first = recipients.empty() ? std::string() : text(recipients.front().as_object(), "address");
      std::cout << fmt::format(
          "{}  due {}  {}  from <{}>  to <{}>{}\n", text(message, "id"), text(message, "due"),
          config::format_size(message.at("size").to_number<std::uint64_t>()),
          printable(text(message, "sender")), printable(first),
          recipients.size() > 1 ? fmt::format(" and {} more", recipients.size() - 1) : "");
    }
    after = text(object, "next");
  } while (!after.empty());
  if (arguments.json) std::cout << json::serialize(all) << "\n";
  return {};
}

Result<void> run_show(const Arguments& arguments) {
  auto client = TRY(ApiClient::connect(arguments.login));
  const auto value = TRY(client.call("GET", path_of(arguments)));
  if (arguments.json) {
    std::cout << json::serialize(value) << "\n";
    return {};
  }
  const auto& message = value.as_object();
  for (const char* key : {"id", "sender", "size", "created", "due", "expires", "attempts", "worker"})
    if (const auto line = text(message, key); !line.empty())
      std::cout << fmt::format("{:<14}{}\n", key, printable(line));
  for (const auto& item : message.at("recipients").as_array()) {
    const auto& recipient = item.as_object();
    std::cout << fmt::format("{:<14}{} ({})\n", "recipient", printable(text(recipient, "address")),
                             text(recipient, "state"));
    if (recipient.contains("lastReply"))
      std::cout << fmt::format("{:<14}at {}: {}\n", "", text(recipient, "lastAttempt"),
                               printable(text(recipient, "lastReply")));
  }
  return {};
}

Result<void> run_change(const Arguments& arguments, const char* method) {
  auto client = TRY(ApiClient::connect(arguments.login));
  TRY(client.call(method, path_of(arguments)));
  if (arguments.json) std::cout << "null\n";
  return {};
}

Result<void> run_retry(const Arguments& arguments) {
  return run_change(arguments, "PATCH");
}

Result<void> run_remove(const Arguments& arguments) {
  return run_change(arguments, "DELETE");
}

}  // namespace

void add_queue(CLI::App& app, int& status) {
  auto* group = app.add_subcommand("queue", "What waits to be delivered: list, show, retry, remove");
  group->require_subcommand(1);
  using Run = Result<void> (*)(const Arguments&);
  const auto add = [&](const char* name, const char* help, Run run, bool named) {
    auto [command, arguments] = add_api_command(*group, name, help, run, status);
    if (named) command->add_option("ID", arguments->id, "Of a message, as `queue list` shows it")->required();
  };
  add("list", "Print every message that waits, the oldest first", &run_list, false);
  add("show", "Print one: when it is tried next, and how the last attempt ended", &run_show, true);
  add("retry", "Try it at once rather than when it is due", &run_retry, true);
  add("remove", "Take it out; neither sender nor recipient is told", &run_remove, true);
}

}  // namespace gannet::cli
