// type = "s3": blobs in a bucket.
#pragma once

#include "store/backend.h"

namespace gannet::store {

const Backend& s3_backend();

}  // namespace gannet::store
