// Requests to the search engine: tried again while that can help, answers as JSON, refusals as errors of store/.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "net/http_client.h"
#include "store/errors.h"

namespace gannet::store::elasticsearch {

struct ConnectionOptions {
  std::string url;  // without a closing slash
  std::string user;
  Secret password;
  Secret api_key;  // set: sent instead of user and password
  Duration timeout{30'000};
  bool allow_invalid_certificates = false;
  std::string ca_file{};  // PEM; empty: the system's
  std::size_t max_connections = 10;
  int max_retries = 3;
};

struct Reply {
  int status = 0;
  boost::json::value body;  // null if it was none
  bool ok() const { return status >= 200 && status < 300; }
};

// Any thread. `clock` and `random` must outlive it.
class Connection {
 public:
  Connection(ConnectionOptions options, Clock& clock, Random& random);

  // A connection that fails, 429 and 5xx are tried again, with a growing wait between; then kUnavailable. 401 and
  // 403 give kConfiguration. Any other status is a reply. `path` begins with a slash; `once`: not tried again.
  Result<Reply> send(std::string_view method, const std::string& path, std::string_view body = {},
                     bool once = false);
  // Before the attempt of that number (from 1) after a failure.
  void wait_before(int attempt, Duration at_least = Duration(0));
  int max_retries() const { return options_.max_retries; }
  const std::string& url() const { return options_.url; }

 private:
  Result<Reply> try_once(const net::HttpRequest& request);

  const ConnectionOptions options_;
  Clock& clock_;
  Random& random_;
  net::HttpClient client_;
};

// What the engine said, in one line, for the detail of an error.
std::string reason_of(const Reply& reply);
// An error that tells of an answer that was not expected.
std::unexpected<Error> refused(StoreError code, const std::string& text, const Reply& reply);

}  // namespace gannet::store::elasticsearch
