// Commands brought to the server that answers for their key: one server, or the nodes of a cluster.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "base/clock.h"
#include "base/pool.h"
#include "base/random.h"
#include "store/redis/connection.h"
#include "store/redis/options.h"

namespace gannet::store::redis {

enum class Repeat : std::uint8_t {
  kRead,   // changes nothing; a replica may answer
  kSafe,   // twice is as good as once
  kNever,  // must not be sent again if the server may have done it
};

// A pool of connections a server, made when it is first needed. Any thread.
class Servers {
 public:
  Servers(const RedisOptions& options, Clock& clock);
  using Lease = Pool<Connection>::Lease;
  // As Connection::open(), and kUnavailable when no connection came free in time.
  Result<Lease> take(const Address& address, bool read_only = false);
  // A connection to it broke: the idle ones may be as dead.
  void forget_idle(const Address& address, bool read_only = false);

 private:
  std::shared_ptr<Pool<Connection>> pool_of(const Address& address, bool read_only);

  const RedisOptions& options_;
  Clock& clock_;
  std::mutex mutex_;
  std::map<std::pair<Address, bool>, std::shared_ptr<Pool<Connection>>> pools_;
};

class Client {
 public:
  virtual ~Client() = default;
  // The reply to a command about `key`; never one of kind kError. Tried again as the settings say. kUnavailable,
  // kFull (memory), kConfiguration (refused), kInvalid (the command failed).
  virtual Result<Reply> run(const std::string& key, const Command& command, Repeat repeat) = 0;
  // How many servers hold keys, and a command that reads, to one of these by its number (0 is the first).
  virtual Result<std::size_t> servers() = 0;
  virtual Result<Reply> run_on(std::size_t server, const Command& command) = 0;
  // Whether some server answers; once.
  virtual Result<void> probe() = 0;
};

// `options`, `clock` and `random` must outlive them.
std::unique_ptr<Client> single_client(const RedisOptions& options, Clock& clock, Random& random);
std::unique_ptr<Client> cluster_client(const RedisOptions& options, Clock& clock, Random& random);

// Internal to both.
Error error_of(const Reply& reply);
Duration wait_before(const RedisOptions& options, int attempt, Random& random);

}  // namespace gannet::store::redis
