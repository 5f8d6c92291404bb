// A migration of whatever role, as whoever runs and shows it sees it.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "store/migration/record.h"

namespace gannet::store::migration {

struct MigrationOptions {
  // For how long writes may be paused at a cut-over; beyond, they go on and it is tried again.
  Duration pause_limit{3'000};
  // How often it looks what has changed, once the two stores are equal.
  Duration follow_interval{200};
  // By how much each commit is delayed at most while changes come faster than they are copied.
  Duration delay_limit{100};
  // The target need not be empty: it is the mail's own data store, and what it has left is of this server.
  bool target_is_ours = false;
};

struct MigrationStatus {
  Record record;
  std::string error;             // of the last step; empty when it went well
  Duration paused{};             // how long writes waited at the last cut-over or roll-back
  std::optional<Duration> left;  // until the pass that is under way ends, by its speed so far
  bool finished = false;         // it has ended, and nothing is left to be cleared away: no step is needed
};

// step() on one thread; the rest on any.
class Migration {
 public:
  virtual ~Migration() = default;
  // Does a bounded piece of the work; for how long to wait until the next. After an error, call again: whatever
  // is there is read again.
  virtual Result<Duration> step() = 0;
  // Kept in the store, and followed by the next step. kInvalid where the phase does not allow it.
  virtual Result<void> wish(Wish wish) = 0;
  virtual MigrationStatus status() const = 0;
};

// Whether `wish` may be said in that phase: kInvalid with the reason.
Result<void> check_wish(const Record& record, Wish wish);

}  // namespace gannet::store::migration
