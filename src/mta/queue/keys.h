// The keys of the queue; queue.h has their layout and the states of an entry.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace gannet::mta {

std::string entry_key(std::uint64_t id);
std::string entry_prefix();
std::string due_key(WallTime due, std::uint64_t id);
std::string due_prefix();
// Under which an entry links its blob (store/blob_links.h).
std::string blob_owner(std::uint64_t id);

struct DueKey {
  std::uint64_t id = 0;
  WallTime due;
};
// Nothing for a key that is none.
std::optional<DueKey> read_due(std::string_view key);
// 0 for a key that is none.
std::uint64_t id_of_entry_key(std::string_view key);

}  // namespace gannet::mta
