#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/data_store.h"
#include "store/postgresql/connection.h"

namespace gannet::store::postgresql {

// Each is one round trip. Keys and ranges have been checked.
Result<std::optional<std::string>> get(Connection& connection, std::string_view key, Deadline deadline);
Result<std::vector<std::optional<std::string>>> get_many(Connection& connection,
                                                         std::span<const std::string> keys,
                                                         Deadline deadline);
Result<Page> scan(Connection& connection, const Range& range, Deadline deadline);

}  // namespace gannet::store::postgresql
