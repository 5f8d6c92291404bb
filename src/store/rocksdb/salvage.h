// What can still be read out of a damaged RocksDB directory, which is not altered.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "store/data_store.h"

namespace gannet::store {

struct Salvaged {
  std::uint64_t records = 0;
  std::vector<std::string> damage;  // what could not be read, for the administrator
};

// Hands over every record that can be read, in pages; those of one key at most twice, the newest last.
// The write-ahead log is replayed as far as it can be read, damaged blocks are passed over. A directory whose
// list of files or some of whose files cannot be opened is copied to `copy` (must not exist; removed at the end), and
// repaired there. kConfiguration: no RocksDB directory; errors of `sink` pass.
Result<Salvaged> salvage_rocksdb(const std::string& path, const std::string& copy, Clock& clock,
                                 const std::function<Result<void>(std::vector<KeyValue>)>& sink);

}  // namespace gannet::store
