#include <algorithm>

#include "store/redis/client.h"

namespace gannet::store::redis {

Servers::Servers(const RedisOptions& options, Clock& clock) : options_(options), clock_(clock) {}

std::shared_ptr<Pool<Connection>> Servers::pool_of(const Address& address, bool read_only) {
  const std::scoped_lock lock(mutex_);
  auto& pool = pools_[{address, read_only}];
  if (!pool) {
    ConnectionOptions connection = options_.connection;
    connection.read_only = read_only;
    pool = std::make_shared<Pool<Connection>>(
        options_.pool, clock_, [address, connection] { return Connection::open(address, connection); },
        [timeout = options_.recycle_timeout](Connection& one) { return one.works(timeout); });
  }
  return pool;
}

// Pools live as long as this object, so a lease cannot outlive its own.
Result<Servers::Lease> Servers::take(const Address& address, bool read_only) {
  auto lease = pool_of(address, read_only)->take();
  if (!lease && lease.error().is(PoolError::kExhausted))
    return fail(StoreError::kUnavailable,
                "all connections to the Redis server are in use: see pool.max-connections",
                lease.error().describe(), Retry::kCanHelp);
  return lease;
}

void Servers::forget_idle(const Address& address, bool read_only) {
  pool_of(address, read_only)->clear();
}

Error error_of(const Reply& reply) {
  const auto made = [&](StoreError code, const char* text, Retry retry = Retry::kNo) {
    return Error(code, text, retry).with_detail(reply.text);
  };
  if (reply.is_error("OOM"))
    return made(StoreError::kFull, "the Redis server's memory is full", Retry::kCanHelp);
  for (const auto* code : {"READONLY", "MISCONF", "MASTERDOWN", "LOADING", "CLUSTERDOWN", "TRYAGAIN", "BUSY",
                           "NOREPLICAS", "MOVED", "ASK", "UNKILLABLE"})
    if (reply.is_error(code))
      return made(StoreError::kUnavailable, "the Redis server cannot do it now", Retry::kCanHelp);
  for (const auto* code : {"NOPERM", "NOAUTH", "WRONGPASS"})
    if (reply.is_error(code))
      return made(StoreError::kConfiguration, "the Redis server does not allow it to this user");
  if (reply.is_error("WRONGTYPE"))
    return made(StoreError::kCorrupt, "somebody else has written under this store's keys in Redis");
  return made(StoreError::kInvalid, "the Redis server refused the command");
}

Duration wait_before(const RedisOptions& options, int attempt, Random& random) {
  const auto least = options.min_wait.count(), most = std::max(least, options.max_wait.count());
  const auto grown = std::min(most, least << std::min(attempt - 1, 10));
  // Some of it by chance, lest all callers come back at once.
  const auto spread = static_cast<std::uint64_t>(most - grown) / 4 + 1;
  return Duration(grown + static_cast<std::int64_t>(random.below(spread)));
}

}  // namespace gannet::store::redis
