#include "http/api/login_methods.h"

#include <boost/json/array.hpp>

#include "http/api/principals.h"
#include "http/json.h"

namespace gannet::http {
namespace {

namespace json = boost::json;
using directory::DirectoryAdmin;

// Why this login may not change how `name` logs in; nothing if it may. An application password opens mail, but not
// the way to another one.
std::optional<Response> refused(const Request& request, const std::string& name) {
  const auto& who = *request.principal;
  const bool own = directory::normalize_login(name) == who.name;
  if (own && !request.app_password.empty())
    return error_response(403, "forbidden",
                          "This needs the account's own password, not an application password.");
  if (own || who.role == directory::Role::kAdmin) return std::nullopt;
  return error_response(403, "forbidden", "This is another's account: an administrator may change it.");
}

json::object to_json(const directory::AppPassword& app) {
  json::array protocols;
  for (const auto& protocol : app.protocols) protocols.emplace_back(protocol);
  json::object out{{"name", app.name}, {"protocols", std::move(protocols)}};
  if (app.created) out.emplace("created", to_unix_ms(*app.created) / 1000);
  return out;
}

Response show(DirectoryAdmin& admin, const Request&, const std::string& name) {
  auto methods = admin.login_methods(name);
  if (!methods) return response_for(methods.error());
  json::array apps;
  for (const auto& app : methods->apps) apps.push_back(to_json(app));
  return data_response(json::object{{"password", methods->password},
                                    {"scram", methods->scram},
                                    {"totp", methods->totp},
                                    {"appPasswords", std::move(apps)}});
}

// {"name": "Phone", "protocols": ["imap", "smtp"]}; the answer has the password, this one time.
Response add_app(DirectoryAdmin& admin, const Request& request, const std::string& name) {
  auto body = parse_body(request);
  if (!body) return body.error();
  const auto* object = body->if_object();
  const auto* app = object ? object->if_contains("name") : nullptr;
  if (!app || !app->is_string())
    return error_response(400, "invalidProperties", "name is what the application password is called.");
  std::vector<std::string> protocols;
  if (const auto* list = object->if_contains("protocols")) {
    const auto wrong = [] {
      return error_response(400, "invalidProperties", "protocols is a list of texts.");
    };
    if (!list->is_array()) return wrong();
    for (const auto& item : list->get_array()) {
      if (!item.is_string()) return wrong();
      protocols.emplace_back(item.get_string());
    }
  }
  auto password = admin.add_app_password(name, std::string(app->get_string()), std::move(protocols));
  if (!password) return response_for(password.error());
  return data_response(json::object{{"name", app->get_string()}, {"password", *password}});
}

// ?name=Phone, or ?all=true
Response remove_app(DirectoryAdmin& admin, const Request& request, const std::string& name) {
  const bool all = request.parameter("all") == "true";
  const auto app = request.parameter("name");
  if (!all && app.empty()) return error_response(400, "invalidProperties", "name or all=true says which.");
  const auto removed = admin.remove_app_password(name, all ? std::string_view("*") : app);
  return removed ? data_response(nullptr) : response_for(removed.error());
}

// Without a body: a proposal. {"url": "otpauth://...", "code": "123456"}: from now on.
Response enable_totp(DirectoryAdmin& admin, const std::string& issuer, const Request& request,
                     const std::string& name) {
  if (request.body.empty()) {
    auto uri = admin.propose_totp(name, issuer);
    return uri ? data_response(json::object{{"url", *uri}}) : response_for(uri.error());
  }
  auto body = parse_body(request);
  if (!body) return body.error();
  const auto* object = body->if_object();
  const auto* url = object ? object->if_contains("url") : nullptr;
  const auto* code = object ? object->if_contains("code") : nullptr;
  if (!url || !code || !url->is_string() || !code->is_string())
    return error_response(400, "invalidProperties",
                          "url is what was proposed, code what the device shows for it.");
  const auto set = admin.set_totp(name, std::string(url->get_string()), std::string_view(code->get_string()));
  return set ? data_response(nullptr) : response_for(set.error());
}

}  // namespace

void add_login_method_routes(Router& router, std::shared_ptr<DirectoryAdmin> admin, const std::string& owner,
                             std::string issuer) {
  using Call = std::function<Response(DirectoryAdmin&, const Request&, const std::string&)>;
  const auto route = [&](const char* method, const char* path, Call call) {
    router.add(method, path, Access::kUser, [admin, owner, call = std::move(call)](const Request& request) {
      const std::string& name = request.captures.at(0);
      if (auto no = refused(request, name)) return *std::move(no);
      if (!admin) return kept_elsewhere(owner);
      return call(*admin, request, name);
    });
  };
  route("GET", "/api/principal/{}/app-password", show);
  route("POST", "/api/principal/{}/app-password", add_app);
  route("DELETE", "/api/principal/{}/app-password", remove_app);
  route("POST", "/api/principal/{}/totp",
        [issuer = std::move(issuer)](DirectoryAdmin& to, const Request& request, const std::string& name) {
          return enable_totp(to, issuer, request, name);
        });
  route("DELETE", "/api/principal/{}/totp", [](DirectoryAdmin& to, const Request&, const std::string& name) {
    const auto removed = to.remove_totp(name);
    return removed ? data_response(nullptr) : response_for(removed.error());
  });
}

}  // namespace gannet::http
