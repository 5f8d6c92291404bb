// A request and a response as handlers see them: plain values, no socket.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "directory/principal.h"

namespace gannet::http {

struct Request {
  std::string method;                                        // upper case
  std::string path;                                          // percent-decoded, without the query
  std::multimap<std::string, std::string> query;             // percent-decoded
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  std::string remote_ip;
  bool is_tls = false;
  bool may_log_in = true;  // a password was not sent in clear over a network, or the settings allow that
  std::vector<std::string> captures;              // what the route's {placeholders} matched, percent-decoded
  std::optional<directory::Principal> principal;  // set by the router where the route asks for a login
  std::string app_password;                       // the application password of that login; empty for none

  // The first such header's value; empty for none. `name` in lower case.
  std::string_view header(std::string_view name) const;
  // The first such parameter; empty for none.
  std::string_view parameter(const std::string& name) const;
};

struct Response {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

// The body of an error: {"error": "notFound", "reason": "...", ...}.
Response error_response(unsigned status, std::string_view error, std::string_view reason);

}  // namespace gannet::http
