// A damaged RocksDB directory into a new, empty store of any kind.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "fsck/finding.h"
#include "store/stores.h"

namespace gannet::fsck {

struct SalvageOutcome {
  std::uint64_t records = 0;        // read and written
  std::uint64_t messages = 0;       // that accounts have now, readable or not
  std::vector<std::string> damage;  // what could not be read
};

// Reads what it can out of `from` (store/rocksdb/salvage.h; `copy` as there), writes it to `stores`, has the messages
// indexed anew, and repairs what follows from the gaps; the listener is told of that. Fails where `stores` is
// not empty. `from` is not altered. No server may use either.
Result<SalvageOutcome> salvage(const std::string& from, const std::string& copy, const store::Stores& stores,
                               Clock& clock, Random& random, Listener& listener);

}  // namespace gannet::fsck
