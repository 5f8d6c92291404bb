// Many segments into one: without what they no longer answer for.
#pragma once

#include <cstdint>
#include <vector>

#include "search/schema.h"
#include "store/data_store.h"

namespace gannet::search {

// Which segments should become one now; empty for none. A level takes eight times the bytes of the one below,
// and has eight segments at most.
std::vector<std::uint32_t> due_for_merge(const Head& head);

// Merges them, in commits of a few MB: what is written is not seen before the last, which puts it in their
// place. False if another node, or a removal of the account, came between; nothing is lost then. One caller an
// account at a time in this process.
Result<bool> merge_segments(store::DataStore& data, std::uint32_t account,
                            const std::vector<std::uint32_t>& segments);

}  // namespace gannet::search
