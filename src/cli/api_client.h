// The HTTP API of a running server, as an administrator's commands use it.
#pragma once

#include <boost/json/value.hpp>
#include <functional>
#include <string>
#include <string_view>

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

  // An answer of any size, piece by piece as it comes; a sink's error ends it and is what is returned.
  using Sink = std::function<Result<void>(std::string_view piece)>;
  Result<void> download(const std::string& path, const Sink& sink);
  // Sends octets; the answer's "data".
  Result<boost::json::value> upload(const std::string& path, std::string_view body);

 private:
  struct Exchange;
  Result<long> perform(Exchange& exchange);

  std::string url_, user_, password_;
  bool insecure_ = false;
};

// For a path segment or a query's value.
std::string percent_encode(std::string_view text);

}  // namespace gannet::cli
