#include "http/api/directories.h"

#include <boost/json/array.hpp>
#include <functional>

#include "directory/address.h"
#include "directory/describe.h"
#include "directory/trace.h"
#include "http/json.h"
#include "observe/log.h"

namespace gannet::http {
namespace {

namespace json = boost::json;
using directory::Directory;

// "\"type\": account 7, ..." of a principal; its secrets are not in it.
std::string describe(const directory::Principal& who) {
  std::string out = who.name + ": " + std::string(directory::to_string(who.type));
  if (who.id != 0) out += ", account " + std::to_string(who.id);
  if (who.role == directory::Role::kAdmin) out += ", administrator";
  if (who.disabled) out += ", disabled";
  const auto add = [&](const char* name, const std::vector<std::string>& list) {
    for (std::size_t i = 0; i < list.size(); ++i)
      out += (i == 0 ? std::string(", ") + name + " " : " ") + list[i];
  };
  add("addresses", who.emails);
  add("groups", who.member_of);
  if (who.quota != 0) out += ", quota " + std::to_string(who.quota) + " bytes";
  return out;
}

// Asks, and writes down what happened on the way.
json::object asked(const std::string& question, const std::function<Result<std::string>()>& ask) {
  const directory::trace::Recording recording;
  const auto answer = ask();
  json::array steps;
  for (const auto& step : recording.steps())
    steps.push_back({{"what", step.what},
                     {"question", step.question},
                     {"answer", step.answer},
                     {"milliseconds", step.milliseconds},
                     {"cached", step.cached}});
  return {{"question", question},
          {"steps", std::move(steps)},
          {"conclusion", answer ? *answer : "No answer, a temporary failure: " + answer.error().describe()},
          {"failed", !answer}};
}

json::array questions(Directory& directory, const std::string& text,
                      const std::optional<std::string>& password) {
  json::array out;
  if (const auto at = text.rfind('@'); at != std::string::npos) {
    const std::string domain = text.substr(at + 1);
    out.push_back(asked("Is " + domain + " a domain of this directory?", [&]() -> Result<std::string> {
      return TRY(directory.is_local_domain(domain)) ? "Yes." : "No.";
    }));
    out.push_back(asked("Who receives mail for " + text + "?", [&]() -> Result<std::string> {
      return directory::describe(TRY(directory.resolve(text, {})));
    }));
  }
  out.push_back(asked("Who is the login " + text + "?", [&]() -> Result<std::string> {
    const auto found = TRY(directory.find(text));
    return found ? describe(*found) : "Nobody.";
  }));
  if (password)
    out.push_back(asked("May " + text + " log in with this password?", [&]() -> Result<std::string> {
      const auto outcome = TRY(directory.authenticate({.login = text,
                                                       .password = *password,
                                                       .authorize_as = {},
                                                       .remote_ip = "127.0.0.1",
                                                       .protocol = "imap"}));
      return outcome.principal ? "Yes, as " + directory::describe(outcome) + "."
                               : "No, " + directory::describe(outcome) + ".";
    }));
  return out;
}

Response test(const directory::Directories& directories, const Request& request) {
  const std::string& id = request.captures.at(0);
  const auto found = directories.by_id.find(id);
  if (found == directories.by_id.end()) {
    std::string known;
    for (const auto& [name, directory] : directories.by_id) known += (known.empty() ? "" : ", ") + name;
    return error_response(404, "notFound", "There is no directory " + id + "; there are: " + known + ".");
  }
  const auto body = parse_body(request);
  if (!body) return body.error();
  const auto* object = body->if_object();
  const auto text_of = [&](const char* key) -> std::optional<std::string> {
    const auto* value = object ? object->if_contains(key) : nullptr;
    if (!value || !value->is_string()) return std::nullopt;
    return std::string(value->get_string());
  };
  const auto login = text_of("login");
  if (!login || login->empty())
    return error_response(400, "invalidProperties", "login is the login or the address to ask about.");
  observe::info("directory.tested", {{"directory", id}, {"login", *login}, {"by", request.principal->name}});
  return data_response(
      json::object{{"directory", id}, {"questions", questions(*found->second, *login, text_of("password"))}});
}

}  // namespace

void add_directory_routes(Router& router, const directory::Directories& directories) {
  router.add("POST", "/api/directory/{}/test", Access::kAdmin,
             [directories](const Request& request) { return test(directories, request); });
}

}  // namespace gannet::http
