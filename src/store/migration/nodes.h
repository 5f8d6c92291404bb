// Which servers use a store for data at this time. Each tells of itself there, again and again.
//
//   's' 'm' 'n' id      name, host, process, until when it counts
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "store/data_store.h"

namespace gannet::store::migration {

// For how long an announcement counts, and how often it is renewed.
inline constexpr Duration kNodeLease{30'000};
inline constexpr Duration kNodeInterval{8'000};

// This process, unlike any other.
class Node {
 public:
  // `name`: what other servers' operators are told.
  Node(std::string name, Random& random);

  Result<void> announce(DataStore& data, WallTime now) const;
  Result<void> withdraw(DataStore& data) const;
  // The others' names. One of this host whose process is gone does not count.
  Result<std::vector<std::string>> others(Reader& data, WallTime now) const;

 private:
  const std::string name_, host_, id_;
};

}  // namespace gannet::store::migration
