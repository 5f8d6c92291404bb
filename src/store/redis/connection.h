// One connection to a Redis server: commands and their replies, each within a deadline. The protocol's reader and
// writer are hiredis's; the socket is ours, since Debian 12's hiredis has no TLS and no deadline for a whole reply.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "store/errors.h"

namespace gannet::net {
class ClientTls;
}

namespace gannet::store::redis {

struct Address {
  std::string host;
  std::string port;
  std::string text() const { return host + ":" + port; }
  auto operator<=>(const Address&) const = default;
};

struct ConnectionOptions {
  std::string user;  // empty: the default user
  Secret password;   // empty: no AUTH
  int database = 0;
  std::shared_ptr<const net::ClientTls> tls;  // null: plain
  Duration create_timeout{30'000};
  Duration timeout{10'000};
  bool read_only = false;  // to a replica of a cluster: READONLY is sent
};

struct Reply {
  enum class Kind : std::uint8_t { kNil, kInteger, kString, kError, kArray };
  Kind kind = Kind::kNil;
  std::int64_t integer = 0;
  std::string text;
  std::vector<Reply> items;
  bool is_error(std::string_view code) const { return kind == Kind::kError && text.starts_with(code); }
};

using Command = std::vector<std::string>;

class Connection {
 public:
  // Connected and logged in. kUnavailable when it cannot be reached, kConfiguration when it refuses the login.
  static Result<std::unique_ptr<Connection>> open(const Address& address, const ConnectionOptions& options);
  ~Connection();
  Connection(const Connection&) = delete;

  // What the server answered, an error of its own included. kUnavailable when the connection broke or was silent for
  // too long: it cannot be used any more.
  Result<Reply> run(const Command& command, Duration timeout);
  bool works(Duration timeout);
  bool broken() const { return broken_; }

 private:
  struct Wire;
  explicit Connection(std::unique_ptr<Wire> wire);
  Result<void> log_in(const ConnectionOptions& options);
  std::unique_ptr<Wire> wire_;
  bool broken_ = false;
};

}  // namespace gannet::store::redis
