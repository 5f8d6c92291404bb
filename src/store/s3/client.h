// Requests to one bucket: addressed, signed, tried again, and their failures in words that name the setting.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "net/http_client.h"
#include "store/errors.h"
#include "store/s3/credentials.h"

namespace gannet::store::s3 {

struct ClientOptions {
  std::string id;  // of the store, for what is told to the operator
  std::string bucket;
  std::string region;
  std::string endpoint;            // empty: Amazon's, for the region
  std::optional<bool> path_style;  // nothing: with an endpoint of one's own
  Credentials credentials{};
  Duration timeout{30'000};  // of one request
  int max_retries = 3;
  Duration min_wait{100};  // before the first of them; doubled for each further one, and jittered
  Duration max_wait{5'000};
  std::size_t max_connections = 10;
  bool allow_invalid_certs = false;
  std::string ca_file{};  // PEM; empty: the system's
};

struct Call {
  std::string method = "GET";
  std::string key = {};  // empty: the bucket itself
  std::vector<std::pair<std::string, std::string>> query = {};
  std::vector<net::HttpHeader> headers = {};
  std::string_view body = {};
  std::size_t max_response = 16u << 20;
  Duration limit{};  // all tries together take no longer; 0: as long as they take
};

// Any thread.
class Client {
 public:
  // `clock` and `random` must outlive it.
  Client(ClientOptions options, Clock& clock, Random& random);

  // Success: a status of 200 to 299. kNotFound: the service says that the object or the upload in parts is not there;
  // never for a PUT. A missing bucket and what is refused (401, 403, other 4xx) are kConfiguration. kUnavailable: no
  // answer, 429, 5xx, or a 404 that is not the service's own, after all retries.
  Result<net::HttpResponse> send(const Call& call);
  // "s3://bucket", for messages.
  std::string place() const { return "s3://" + options_.bucket; }
  const ClientOptions& options() const { return options_; }
  // What runs ends at once.
  void stop() { http_.stop(); }

 private:
  std::string url(const Call& call) const;
  Result<net::HttpResponse> send_once(const Call& call, Duration timeout);
  std::unexpected<Error> refused(const Call& call, const net::HttpResponse& response) const;
  std::unexpected<Error> unanswered(const Call& call, const Error& error) const;
  Duration wait_before(int retry, std::optional<Duration> asked);

  const ClientOptions options_;
  std::string base_;  // of all URLs, ending in a slash
  Clock& clock_;
  Random& random_;
  net::HttpClient http_;
};

}  // namespace gannet::store::s3
