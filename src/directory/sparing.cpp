#include "directory/sparing.h"

#include <algorithm>
#include <utility>

namespace gannet::directory {

std::optional<std::uint64_t> Sparing::tell(const std::string& kind, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  const auto known = kinds_.find(kind);
  if (known != kinds_.end() && now - known->second.last < std::chrono::minutes(1)) {
    ++known->second.untold;
    return std::nullopt;
  }
  if (known != kinds_.end()) {
    known->second.last = now;
    return std::exchange(known->second.untold, 0);
  }
  if (kinds_.size() == kMostKinds)
    kinds_.erase(std::ranges::min_element(kinds_, {}, [](const auto& entry) { return entry.second.last; }));
  kinds_[kind].last = now;
  return 0;
}

std::optional<std::uint64_t> tell_sparingly(const std::string& kind) {
  static Sparing sparing;
  return sparing.tell(kind, SystemClock().steady());
}

}  // namespace gannet::directory
