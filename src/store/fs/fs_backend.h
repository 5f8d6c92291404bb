// type = "fs": blobs in a folder.
#pragma once

#include "store/backend.h"

namespace gannet::store {

const Backend& fs_backend();

}  // namespace gannet::store
