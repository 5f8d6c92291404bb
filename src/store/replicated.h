// A store whose server keeps a log that replicas replay: what a composite of a primary and its replicas asks for
// (read_replica.h). Places in the log are numbers that only grow.
#pragma once

#include <cstdint>

#include "store/errors.h"

namespace gannet::store {

// Any thread.
class Replicated {
 public:
  virtual ~Replicated() = default;
  // From now on commits note where the log ends behind them.
  virtual void track_commits() = 0;
  // A place behind every commit of this process that has returned since; the largest number while that is not
  // known, because a commit was not answered.
  virtual std::uint64_t committed() const = 0;
  // How far this server has come: every read that begins later sees at least that much.
  virtual Result<std::uint64_t> replayed() = 0;
};

}  // namespace gannet::store
