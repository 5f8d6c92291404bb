// An HTTP proxy in front of a real server that answers some requests itself, badly, and counts all of them.
//
//   FaultyProxy proxy(port);
//   proxy.plan([](int n, const std::string& request) { return n <= 2 ? Fault{.status = 503} : Fault{}; });
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace gannet::testing {

struct HttpFault {
  int status = 0;           // answered by the proxy; 0: none
  std::string header = {};  // more fields of that answer, each line ended by CRLF
  std::string body = {};    // of that answer
  bool cut = false;         // the connection ends without an answer, when the request was read
  bool lose = false;        // the server does it, but its answer is cut off
};

class FaultyProxy {
 public:
  // On a free loopback port, to `server` on another one.
  explicit FaultyProxy(int server);
  ~FaultyProxy();
  FaultyProxy(const FaultyProxy&) = delete;

  int port() const { return port_; }
  // Asked for each request, counted from 1 since the plan was made, with its first line.
  void plan(std::function<HttpFault(int n, const std::string& request)> plan);
  // First lines since the plan was made.
  std::vector<std::string> requests();
  // Bytes of answers since the plan was made.
  std::uint64_t answered() const { return answered_; }

 private:
  void serve(int client);
  void relay(int client, const std::string& request, bool lose);

  const int server_;
  int listener_ = -1, port_ = 0;
  std::mutex mutex_;
  std::function<HttpFault(int, const std::string&)> plan_;
  std::vector<std::string> requests_;
  std::atomic<std::uint64_t> answered_{0};
  std::vector<std::thread> workers_;  // touched by `acceptor_` alone, until it ended
  std::thread acceptor_;
};

}  // namespace gannet::testing
