// gannet account|group|list|domain create|show|list|update|delete, over the HTTP API.
#include <CLI/App.hpp>
#include <CLI/Validators.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>
#include <iostream>
#include <memory>

#include "cli/api_client.h"
#include "cli/commands.h"
#include "cli/errors.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "config/values.h"

namespace gannet::cli {
namespace {

namespace json = boost::json;

// How the four kinds differ at the command line.
struct Kind {
  const char* command;
  const char* type;  // in the API
  const char* example;
  bool password, quota, emails, members, groups, role, domain;  // domain: catch-all and alias
};
constexpr Kind kKinds[] = {
    {"account", "individual", "alice@example.org", true, true, true, false, true, true, false},
    {"group", "group", "support@example.org", false, true, true, true, false, false, false},
    {"list", "list", "announce@example.org", false, false, true, true, false, false, false},
    {"domain", "domain", "example.org", false, false, false, false, false, false, true},
};

struct Arguments : ApiArguments {
  std::string name;
  std::string password_file, description, quota, role, catch_all, alias_of, filter;
  bool ask_password = false, enable = false, disable = false;
  std::vector<std::string> emails, remove_emails, members, remove_members, groups, remove_groups;
};

json::array to_json(const std::vector<std::string>& texts) {
  json::array out;
  for (const auto& text : texts) out.emplace_back(text);
  return out;
}

std::string joined(const json::value& value) {
  std::string out;
  if (const auto* list = value.if_array())
    for (const auto& item : *list) out += (out.empty() ? "" : ", ") + json::value_to<std::string>(item);
  return out;
}

std::string text_of(std::string_view key, const json::value& value) {
  if (value.is_array()) return joined(value);
  if (value.is_string()) return std::string(value.get_string());
  if (key == "quota" && value.to_number<std::uint64_t>() == 0) return "unlimited";
  if (key == "quota") return config::format_size(value.to_number<std::uint64_t>());
  return json::serialize(value);
}

void print_principal(const json::value& value, bool as_json) {
  if (as_json) {
    std::cout << json::serialize(value) << "\n";
    return;
  }
  for (const auto& [key, field] : value.as_object()) {
    const std::string name(key);
    const std::string text = text_of(name, field);
    if (!text.empty())
      std::cout << name << std::string(name.size() < 14 ? 14 - name.size() : 1, ' ') << text << "\n";
  }
}

Result<std::optional<std::string>> password_of(const Arguments& arguments) {
  if (!arguments.password_file.empty()) return TRY(read_secret_file(arguments.password_file));
  if (!arguments.ask_password) return std::nullopt;
  auto first = TRY(ask_secret("New password"));
  auto second = TRY(ask_secret("Once more"));
  if (first != second) return fail(CliError::kUsage, "The two passwords differ.");
  return first;
}

Result<std::optional<std::uint64_t>> quota_of(const Arguments& arguments) {
  if (arguments.quota.empty()) return std::nullopt;
  auto size = config::parse_size(arguments.quota);
  if (!size)
    return fail(CliError::kUsage,
                "--quota " + arguments.quota + " is no size: 500mb, 1gb, or 0 for no limit.");
  return size;
}

std::string path_of(const Kind& kind, const std::string& name) {
  return "/api/principal/" + percent_encode(name) + "?type=" + kind.type;
}

Result<void> run_create(const Kind& kind, const Arguments& arguments) {
  json::object body{{"type", kind.type}, {"name", arguments.name}};
  if (!arguments.description.empty()) body["description"] = arguments.description;
  auto emails = arguments.emails;
  if (kind.emails && emails.empty() && arguments.name.find('@') != std::string::npos)
    emails = {arguments.name};
  if (kind.emails) body["emails"] = to_json(emails);
  if (kind.members) body["members"] = to_json(arguments.members);
  if (kind.groups && !arguments.groups.empty()) body["memberOf"] = to_json(arguments.groups);
  if (kind.role && !arguments.role.empty()) body["roles"] = json::array{arguments.role};
  if (!arguments.catch_all.empty()) body["catchAll"] = arguments.catch_all;
  if (!arguments.alias_of.empty()) body["aliasOf"] = arguments.alias_of;
  if (auto quota = TRY(quota_of(arguments))) body["quota"] = *quota;
  const auto password = TRY(password_of(arguments));
  if (password) body["secrets"] = json::array{*password};
  auto client = TRY(ApiClient::connect(arguments.login));
  const json::value value(std::move(body));
  print_principal(TRY(client.call("POST", "/api/principal", &value)), arguments.json);
  if (kind.password && !password)
    std::cerr << "It has no password yet, so nobody can log in to it: gannet account update "
              << arguments.name << " --password\n";
  return {};
}

Result<void> run_show(const Kind& kind, const Arguments& arguments) {
  auto client = TRY(ApiClient::connect(arguments.login));
  print_principal(TRY(client.call("GET", path_of(kind, arguments.name))), arguments.json);
  return {};
}

Result<void> run_list(const Kind& kind, const Arguments& arguments) {
  auto client = TRY(ApiClient::connect(arguments.login));
  json::array all;
  std::string after;
  do {
    auto page = TRY(client.call("GET", std::string("/api/principal?limit=500&types=") + kind.type +
                                           "&after=" + percent_encode(after) +
                                           "&filter=" + percent_encode(arguments.filter)));
    const auto& object = page.as_object();
    for (const auto& item : object.at("items").as_array()) {
      if (arguments.json)
        all.push_back(item);
      else
        std::cout << json::value_to<std::string>(item.at("name")) << "\n";
    }
    const auto* next = object.if_contains("next");
    after = next ? json::value_to<std::string>(*next) : "";
  } while (!after.empty());
  if (arguments.json) std::cout << json::serialize(all) << "\n";
  return {};
}

Result<void> run_update(const Kind& kind, const Arguments& arguments) {
  json::array changes;
  auto change = [&](const char* action, const char* field, json::value value) {
    changes.push_back(json::object{{"action", action}, {"field", field}, {"value", std::move(value)}});
  };
  auto list = [&](const char* field, const std::vector<std::string>& add,
                  const std::vector<std::string>& remove) {
    if (!add.empty()) change("addItem", field, to_json(add));
    if (!remove.empty()) change("removeItem", field, to_json(remove));
  };
  if (!arguments.description.empty()) change("set", "description", json::string(arguments.description));
  if (!arguments.role.empty()) change("set", "roles", json::array{arguments.role});
  if (!arguments.catch_all.empty())
    change("set", "catchAll", json::string(arguments.catch_all == "none" ? "" : arguments.catch_all));
  if (!arguments.alias_of.empty())
    change("set", "aliasOf", json::string(arguments.alias_of == "none" ? "" : arguments.alias_of));
  if (arguments.enable || arguments.disable) change("set", "disabled", arguments.disable);
  if (auto quota = TRY(quota_of(arguments))) change("set", "quota", *quota);
  if (auto password = TRY(password_of(arguments))) change("set", "secrets", json::array{*password});
  list("emails", arguments.emails, arguments.remove_emails);
  list("members", arguments.members, arguments.remove_members);
  list("memberOf", arguments.groups, arguments.remove_groups);
  if (changes.empty())
    return fail(CliError::kUsage, "Nothing to change was named. --help lists what can be.");
  auto client = TRY(ApiClient::connect(arguments.login));
  const json::value value(std::move(changes));
  print_principal(TRY(client.call("PATCH", path_of(kind, arguments.name), &value)), arguments.json);
  return {};
}

Result<void> run_delete(const Kind& kind, const Arguments& arguments) {
  auto client = TRY(ApiClient::connect(arguments.login));
  TRY(client.call("DELETE", path_of(kind, arguments.name)));
  if (arguments.json) std::cout << "null\n";
  return {};
}

void add_fields(CLI::App& command, const Kind& kind, Arguments& arguments, bool update) {
  command.add_option("--description", arguments.description, "A full name, or a remark");
  if (kind.password) {
    command.add_option("--password-file", arguments.password_file, "A file whose first line is the password");
    command.add_flag("--password", arguments.ask_password, "Ask for the password");
  }
  if (kind.quota) command.add_option("--quota", arguments.quota, "500mb, 1gb; 0 for no limit");
  if (kind.emails)
    command.add_option(
        update ? "--add-email" : "--email", arguments.emails,
        update ? "An address more" : "An address; the first is the primary one (default: NAME)");
  if (kind.members) command.add_option(update ? "--add-member" : "--member", arguments.members, "A member");
  if (kind.groups)
    command.add_option(update ? "--join" : "--member-of", arguments.groups, "A group to be in");
  if (kind.role)
    command.add_option("--role", arguments.role, "user or admin")->check(CLI::IsMember({"user", "admin"}));
  if (kind.domain) {
    command.add_option("--catch-all", arguments.catch_all,
                       "Who gets mail for addresses that nobody has; none");
    command.add_option("--alias-of", arguments.alias_of,
                       "Another domain: whatever address it has, this one has too; none");
  }
  if (!update) return;
  if (kind.emails) command.add_option("--remove-email", arguments.remove_emails, "An address less");
  if (kind.members) command.add_option("--remove-member", arguments.remove_members, "A member less");
  if (kind.groups) command.add_option("--leave", arguments.remove_groups, "A group to leave");
  if (kind.password) {
    command.add_flag("--disable", arguments.disable, "No login from now on; mail still comes in");
    command.add_flag("--enable", arguments.enable, "Logins again")->excludes("--disable");
  }
}

void add_kind(CLI::App& app, int& status, const Kind& kind) {
  auto* group = app.add_subcommand(kind.command,
                                   std::string("Create, show, list, update, delete: ") + kind.command + "s");
  group->require_subcommand(1);
  using Run = Result<void> (*)(const Kind&, const Arguments&);
  auto add = [&](const char* name, const std::string& help, Run run_command, bool named) {
    auto arguments = std::make_shared<Arguments>();
    auto* command = group->add_subcommand(name, help);
    if (named)
      command->add_option("NAME", arguments->name, std::string("For example ") + kind.example)->required();
    add_api_options(*command, arguments->login, arguments->json);
    command->callback([=, &status, &kind] {
      auto done = run_command(kind, *arguments);
      status = done ? 0 : report(done.error());
    });
    return std::pair(command, arguments);
  };
  auto [create, creating] = add("create", "Make a new one and print it", &run_create, true);
  add_fields(*create, kind, *creating, false);
  auto [update, updating] = add("update", "Change it and print it", &run_update, true);
  add_fields(*update, kind, *updating, true);
  add("show", "Print it", &run_show, true);
  add("delete", "Delete it; an account's mail goes too", &run_delete, true);
  auto [list, listing] = add("list", "Print the names of all", &run_list, false);
  list->add_option("--filter", listing->filter, "Only names that contain this text");
}

}  // namespace

void add_principals(CLI::App& app, int& status) {
  for (const auto& kind : kKinds) add_kind(app, status, kind);
}

}  // namespace gannet::cli
