// Making a backup while the server runs.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>

#include "backup/errors.h"
#include "base/clock.h"
#include "store/stores.h"

namespace gannet::backup {

// How far it is; read by others meanwhile.
struct Progress {
  std::atomic<std::uint64_t> records = 0, blobs = 0, new_blobs = 0, new_bytes = 0;
  std::atomic<std::uint64_t> missing = 0;  // messages that the store should have had
  std::atomic<bool> stop = false;          // set by others: end soon, with kStopped
};

// Everything that was committed before the call is in it. Keys and values come from one snapshot of the
// DataStore; then the messages that they link, as far as the folder has them not yet: none of these can have
// been collected, as long as all takes less than `store.<id>.purge.grace`. The snapshot's name. Blocks, hours if it must.
Result<std::string> create_backup(const store::Stores& stores, const std::filesystem::path& folder,
                                  const Clock& clock, Progress& progress);

}  // namespace gannet::backup
