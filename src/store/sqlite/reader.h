#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "store/data_store.h"
#include "store/sqlite/connection.h"

namespace gannet::store::sqlite {

// Reads within the transaction of `connection`, or of now if it is in none. Keys and ranges have been checked.
Result<std::optional<std::string>> get(Connection& connection, std::string_view key);
Result<std::vector<std::optional<std::string>>> get_many(Connection& connection,
                                                         std::span<const std::string> keys);
Result<Page> scan(Connection& connection, const Range& range);

}  // namespace gannet::store::sqlite
