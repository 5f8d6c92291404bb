// What a Redis store is opened with.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/pool.h"
#include "store/redis/connection.h"

namespace gannet::store {

struct RedisUrl {
  redis::Address address;
  bool tls = false;
  std::string user;
  Secret password;
  int database = 0;
};
// redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE], percent-encoded; rediss:// for TLS. Nothing for anything else.
std::optional<RedisUrl> parse_redis_url(std::string_view text);

struct RedisOptions {
  std::string id;
  bool cluster = false;
  std::vector<redis::Address>
      servers;  // single: the first that can be reached; cluster: where to ask for the others
  redis::ConnectionOptions connection;
  PoolOptions pool;  // of each server
  Duration recycle_timeout{30'000};
  int retries = 3;
  Duration min_wait{500};
  Duration max_wait{1'000};
  bool read_from_replicas = false;
  std::string prefix = "gannet:";
};

}  // namespace gannet::store
