// Events that one client could cause a thousand times a minute, told once in it.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"

namespace gannet::directory {

// Any thread.
class Sparing {
 public:
  // Whether an event of this kind is told now, at most once in a minute; then how many like it were not since the last
  // one. Beyond kMostKinds those that were told longest ago are forgotten.
  std::optional<std::uint64_t> tell(const std::string& kind, SteadyTime now);

  static constexpr std::size_t kMostKinds = 1'000;

 private:
  struct Told {
    SteadyTime last{};
    std::uint64_t untold = 0;
  };
  std::mutex mutex_;
  std::map<std::string, Told> kinds_;
};

// Of this process, by the machine's clock.
std::optional<std::uint64_t> tell_sparingly(const std::string& kind);

}  // namespace gannet::directory
