// HTTP requests to other servers: object stores, search engines, certificate authorities, hooks. Blocking; for
// the core's threads, never for a loop's.
//
//   net::HttpClient client({.timeout = 10s}, clock);
//   auto response = TRY(client.send({.method = "PUT", .url = url, .body = content}));
//   if (response.status != 200) ...
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "net/errors.h"

namespace gannet::net {

struct HttpHeader {
  std::string name;
  std::string value;
};

// RFC 7617, or a token of RFC 6750.
struct HttpAuthorization {
  std::string user = {};  // with `password`: Basic
  Secret password = {};
  Secret bearer = {};  // set: Bearer, and `user` is not sent
};

struct HttpRequest {
  std::string method = "GET";
  std::string url = {};  // http or https, absolute, already percent-encoded
  std::vector<HttpHeader> headers = {};
  std::string_view body = {};  // must live until send() returns; no field Content-Type is added for it
  HttpAuthorization authorization = {};
  std::size_t max_response = 16u << 20;  // octets of the response's body
  int max_redirects = 0;                 // 0: a redirect is a response like any other
  std::optional<Duration> timeout = {};  // instead of the client's
};

struct HttpResponse {
  int status = 0;
  std::vector<HttpHeader> headers;  // of the last response, trailers included
  std::string body;                 // as sent: never decompressed

  bool ok() const { return status >= 200 && status < 300; }
  // 408, 429, 500, 502, 503, 504: the same request may succeed later.
  bool retry_can_help() const;
  // The first field of that name, in any case; empty if there is none.
  std::string_view header(std::string_view name) const;
  // What Retry-After says, if it says seconds.
  std::optional<Duration> retry_after() const;
};

struct HttpClientOptions {
  Duration connect_timeout = std::chrono::seconds(10);  // name, connection and TLS handshake
  Duration timeout = std::chrono::seconds(30);          // all of a request; 0: none
  Duration wait_timeout = std::chrono::seconds(30);     // for a free connection
  Duration idle_timeout = std::chrono::seconds(60);     // a connection unused for longer is closed
  std::size_t max_connections = 16;                     // requests at a time
  bool allow_invalid_certificates = false;
  std::string ca_file = {};  // PEM bundle that signs servers' certificates; empty: the system's
  std::string user_agent = "Gannet";
};

// Any thread. Connections stay open between requests. A proxy named by the environment is not used.
class HttpClient {
 public:
  // `clock` must outlive it.
  HttpClient(HttpClientOptions options, Clock& clock);
  // No request may be running: call stop() and join its threads before.
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;

  // Any status is a response. Errors; those marked * may succeed when tried again:
  // kInvalid: the URL, method or a field cannot be sent. kConnect*: no such name, refused, unreachable.
  // kTimeout*: connect_timeout or timeout passed. kReset*: the connection broke. kTls: no agreement on TLS.
  // kCertificate: the server's certificate, or the CA file, is not good. kTooLong: the response is longer than
  // max_response, or its header than 256 KiB. kOverloaded*: no connection came free. kShutdown: stop() was called.
  Result<HttpResponse> send(const HttpRequest& request);

  // Requests that run end at once, as all later ones, with kShutdown.
  void stop();

  // Connections made so far: for tests and metrics.
  std::uint64_t connections_made() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gannet::net
