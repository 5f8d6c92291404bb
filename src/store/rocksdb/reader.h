#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/data_store.h"
#include "store/rocksdb/database.h"

namespace gannet::store::rocks {

// Reads as of `snapshot`, or of now if that is null. Keys are checked against `limits` first.
Result<std::optional<std::string>> get(Database& database, const rocksdb::Snapshot* snapshot,
                                       std::string_view key, const DataStoreLimits& limits);
Result<std::vector<std::optional<std::string>>> get_many(Database& database,
                                                         const rocksdb::Snapshot* snapshot,
                                                         std::span<const std::string> keys,
                                                         const DataStoreLimits& limits);
Result<Page> scan(Database& database, const rocksdb::Snapshot* snapshot, const Range& range);

}  // namespace gannet::store::rocks
