// Reading by one connection, within whatever transaction it is in. Keys and ranges have been checked.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "store/mysql/database.h"

namespace gannet::store::mysql {

Outcome<std::optional<std::string>> get(Connection& connection, std::string_view key);
// In calls of at most `max_statements` bytes: one, for some thousands of keys.
Outcome<std::vector<std::optional<std::string>>> get_many(Connection& connection,
                                                          std::span<const std::string> keys,
                                                          std::size_t max_statements);
// One call, unless the rows are much smaller than those that `sizes` saw before.
Outcome<Page> scan(Connection& connection, Range range, RowSizes& sizes);

}  // namespace gannet::store::mysql
