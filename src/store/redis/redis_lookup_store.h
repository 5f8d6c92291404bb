// Lookups in Redis (6.0 or later), one server or a cluster. Redis itself forgets what has expired.
#pragma once

#include <memory>

#include "base/random.h"
#include "store/lookup_store.h"
#include "store/redis/options.h"

namespace gannet::store {

// A server that cannot be reached is no error: operations give kUnavailable until it can, and the component
// store.<id> of the health page says so. kConfiguration: it refuses the login, or is no cluster.
Result<std::shared_ptr<LookupStore>> open_redis(RedisOptions options, Clock& clock, Random& random);

}  // namespace gannet::store
