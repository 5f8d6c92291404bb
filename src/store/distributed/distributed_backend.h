// type = "distributed-blob": blobs spread over several stores.
#pragma once

#include "store/backend.h"

namespace gannet::store {

const Backend& distributed_backend();

}  // namespace gannet::store
