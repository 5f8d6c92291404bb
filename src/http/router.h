// From a method and a path to the handler that answers it. Handlers are core functions: they run on the
// worker pool and may block.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "directory/directory.h"
#include "http/message.h"
#include "login/gate.h"

namespace gannet::http {

using Handler = std::function<Response(const Request&)>;

// Who may call a route. A login is HTTP Basic (RFC 7617) against the standard directory.
enum class Access : std::uint8_t { kPublic, kUser, kAdmin };

// Filled before the first request, unchanged afterwards; dispatch() from any thread.
class Router {
 public:
  // `realm` is shown by browsers when they ask for a password.
  Router(std::shared_ptr<directory::Directory> directory, std::string realm,
         std::shared_ptr<login::Gate> gate = std::make_shared<login::Gate>());

  // "/api/principal/{}": each {} matches one segment, which becomes a capture.
  void add(std::string method, std::string_view path, Access access, Handler handler);

  // 404 for an unknown path, 405 with Allow for another method, 401 without a login where one is needed, 403
  // for somebody who may not, 503 when the directory cannot be asked. HEAD is answered as GET.
  Response dispatch(Request& request) const;

 private:
  struct Route {
    std::string method;
    std::vector<std::string> segments;
    Access access;
    Handler handler;
  };
  std::optional<Response> authenticate(Request& request, Access access) const;

  std::shared_ptr<directory::Directory> directory_;
  std::string realm_;
  std::shared_ptr<login::Gate> gate_;
  std::vector<Route> routes_;
};

}  // namespace gannet::http
