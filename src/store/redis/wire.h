// Internal: a blocking socket, plain or TLS, that keeps deadlines.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "net/tls.h"
#include "net/unique_fd.h"
#include "store/errors.h"

namespace gannet::store::redis {

using Deadline = std::chrono::steady_clock::time_point;

class Socket {
 public:
  // All addresses of the host in turn.
  static Result<std::unique_ptr<Socket>> connect(const std::string& host, const std::string& port,
                                                 const net::ClientTls* tls, Deadline deadline);
  ~Socket();
  Socket(const Socket&) = delete;

  Result<void> send(std::string_view data, Deadline deadline);
  // At least one octet.
  Result<std::size_t> receive(std::span<char> into, Deadline deadline);

 private:
  Socket() = default;
  Result<void> shake_hands(const net::ClientTls& tls, const std::string& host, Deadline deadline);
  // Waits for what OpenSSL asked for after `result`.
  Result<void> wait_for_tls(int result, Deadline deadline);

  net::UniqueFd fd_;
  SSL* ssl_ = nullptr;
};

}  // namespace gannet::store::redis
