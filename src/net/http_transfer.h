// Internal to the HTTP client: one of libcurl's handles with its kept connection, and one request over it.
#pragma once

#include <atomic>
#include <memory>

#include "net/http_client.h"

namespace gannet::net {

// One request at a time, from any thread; interrupt() from any other.
class HttpHandle {
 public:
  // Null when memory is out.
  static std::unique_ptr<HttpHandle> create();
  ~HttpHandle();
  HttpHandle(const HttpHandle&) = delete;

  Result<HttpResponse> run(const HttpRequest& request, const HttpClientOptions& options,
                           const std::atomic<bool>& stopped);
  // Wakes a run() that waits, so that it sees `stopped`.
  void interrupt();
  std::uint64_t connections_made() const { return connections_made_; }

 private:
  struct Curl;
  HttpHandle();
  std::unique_ptr<Curl> curl_;
  std::uint64_t connections_made_ = 0;
};

}  // namespace gannet::net
