// A secret that all nodes and all starts of this server share: it lies in the DataStore.
#pragma once

#include "base/random.h"
#include "base/secret.h"
#include "store/data_store.h"

namespace gannet::directory {

// Made when there is none yet. When the store can neither give nor take it, empty, which is reported: then what
// depends on it changes with each start.
Secret server_secret(store::DataStore& data, Random& random);

}  // namespace gannet::directory
