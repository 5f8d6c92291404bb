#pragma once

#include "store/data_store.h"

namespace gannet::store::postgresql {

// PostgreSQL itself: an index row of 2.7 KB, a value and a message of 1 GB. A batch is sent in pieces of some 8 MB.
inline constexpr DataStoreLimits kLimits{};

}  // namespace gannet::store::postgresql
