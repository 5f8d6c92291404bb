// Uploads in parts: all of them, or nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "store/s3/client.h"

namespace gannet::store::s3 {

// The content of an object, in two runs of bytes.
struct Content {
  std::string_view first, second;
  std::size_t size() const { return first.size() + second.size(); }
};

// Puts `content` as the object `key`, in parts of `part_size`. Whatever fails, the parts are thrown away.
Result<void> upload_in_parts(Client& client, const std::string& key, const Content& content,
                             std::size_t part_size);

// Throws away uploads below `prefix` that were begun before `before` and never ended; answers how many.
Result<std::size_t> abort_uploads(Client& client, const std::string& prefix, WallTime before);

}  // namespace gannet::store::s3
