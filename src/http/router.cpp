#include "http/router.h"

#include <algorithm>

#include "base/encoding.h"
#include "observe/log.h"

namespace gannet::http {
namespace {

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    const auto slash = path.find('/');
    if (slash != 0) segments.emplace_back(path.substr(0, slash));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return segments;
}

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& segments,
             std::vector<std::string>& captures) {
  if (pattern.size() != segments.size()) return false;
  captures.clear();
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == "{}")
      captures.push_back(segments[i]);
    else if (pattern[i] != segments[i])
      return false;
  }
  return true;
}

struct BasicLogin {
  std::string name, password;
};

// RFC 7617 2.
std::optional<BasicLogin> basic_login(std::string_view header) {
  if (header.size() < 6 || !std::ranges::equal(header.substr(0, 6), std::string_view("basic "),
                                               [](char a, char b) { return (a | 0x20) == (b | 0x20); }))
    return std::nullopt;
  auto decoded = base64_decode(header.substr(6));
  if (!decoded) return std::nullopt;
  const auto colon = decoded->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return BasicLogin{decoded->substr(0, colon), decoded->substr(colon + 1)};
}

}  // namespace

Router::Router(std::shared_ptr<directory::Directory> directory, std::string realm,
               std::shared_ptr<login::Gate> gate)
    : directory_(std::move(directory)), realm_(std::move(realm)), gate_(std::move(gate)) {}

void Router::add(std::string method, std::string_view path, Access access, Handler handler) {
  routes_.push_back({std::move(method), split_path(path), access, std::move(handler)});
}

Response Router::dispatch(Request& request) const {
  const auto segments = split_path(request.path);
  const std::string method = request.method == "HEAD" ? "GET" : request.method;
  std::string allowed;
  for (const auto& route : routes_) {
    if (!matches(route.segments, segments, request.captures)) continue;
    if (route.method != method) {
      allowed += (allowed.empty() ? "" : ", ") + route.method;
      continue;
    }
    if (route.access != Access::kPublic)
      if (auto refused = authenticate(request, route.access)) return *std::move(refused);
    return route.handler(request);
  }
  if (allowed.empty()) return error_response(404, "notFound", "There is nothing at this path.");
  auto response = error_response(405, "methodNotAllowed", "This path answers " + allowed + ".");
  response.headers.emplace_back("Allow", allowed);
  return response;
}

std::optional<Response> Router::authenticate(Request& request, Access access) const {
  auto unauthorized = [this](std::string_view reason) {
    auto response = error_response(401, "unauthorized", reason);
    response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"" + realm_ + "\", charset=\"UTF-8\"");
    return response;
  };
  if (!request.may_log_in)
    return error_response(
        403, "tlsRequired",
        "Passwords are taken under TLS only: use https, or see server.http.allow-plain-text.");
  auto login = basic_login(request.header("authorization"));
  if (!login) return unauthorized("A login and its password are needed.");
  auto outcome = gate_->authenticate(*directory_, {.login = login->name,
                                                   .password = login->password,
                                                   .authorize_as = {},
                                                   .remote_ip = request.remote_ip,
                                                   .protocol = "http"});
  if (!outcome) {
    observe::error("http.directory-failed", {{"remote-ip", request.remote_ip}, {"error", outcome.error()}});
    return error_response(503, "unavailable", "The directory cannot be asked now. Try again later.");
  }
  if (!outcome->principal && outcome->failure == directory::AuthFailure::kTooManyFailures)
    return error_response(429, "tooManyRequests", "Too many failed logins. Try again later.");
  if (!outcome->principal) {
    observe::warn("http.login-failed", {{"remote-ip", request.remote_ip}, {"login", login->name}});
    return unauthorized("The login or the password is wrong.");
  }
  if (access == Access::kAdmin && outcome->principal->role != directory::Role::kAdmin) {
    observe::warn("http.forbidden",
                  {{"remote-ip", request.remote_ip}, {"login", login->name}, {"path", request.path}});
    return error_response(403, "forbidden", "This needs an administrator's login.");
  }
  request.app_password = std::move(outcome->app_password);
  request.principal = *std::move(outcome->principal);
  return std::nullopt;
}

}  // namespace gannet::http
