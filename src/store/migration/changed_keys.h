// Which keys were touched since a copy was made: one entry a commit, part of that commit.
//
// A commit that is tracked adds one small value under 's' 'm' 'd' that lists its keys, so that the list is as
// durable as what it lists. The copier takes entries in any order: for each key it reads the value as it is now
// and writes that to the other store, and only then removes the entry. As one thread does that, and values are read
// after the entry, an older value never comes over a newer one.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "store/data_store.h"

namespace gannet::store::migration {

struct ChangedKeys {
  std::vector<std::string> keys;
  std::vector<std::pair<std::string, std::string>> ranges;  // cleared, [begin, end)
};

// Adds to `batch` the entries for what it touches.
//
// Entries sort by when they were made, so that what was dealt with need not be passed over again and again.
void list_changes(WriteBatch& batch, WallTime now, Random& random);
// The first key of entries made at `time` or later.
std::string changes_since(WallTime time);
// When the entry under `key` was made.
WallTime time_of_changes(std::string_view key);

// kCorrupt.
Result<ChangedKeys> decode_changes(std::string_view entry);

}  // namespace gannet::store::migration
