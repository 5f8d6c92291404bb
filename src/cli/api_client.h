// The HTTP API of a running server, as an administrator's commands use it.
#pragma once

#include <boost/json/value.hpp>
#include <string>

#include "base/result.h"

namespace gannet::cli {

// From --url, --user and --insecure, else GANNET_URL, GANNET_USER and GANNET_PASSWORD, else defaults and a
// prompt.
struct ApiLogin {
  std::string url;  // "http://127.0.0.1:8080"
  std::string user;
  bool insecure = false;  // takes any certificate
};

class ApiClient {
 public:
  // Asks for what is missing.
  static Result<ApiClient> connect(const ApiLogin& login);

  // The answer's "data". kServer with the server's reason, or when it cannot be reached.
  Result<boost::json::value> call(const std::string& method, const std::string& path,
                                  const boost::json::value* body = nullptr);

 private:
  std::string url_, user_, password_;
  bool insecure_ = false;
};

// For a path segment or a query's value.
std::string percent_encode(std::string_view text);

}  // namespace gannet::cli
