// Delivery status notifications (RFC 3464, RFC 3461 6; RFC 6533 where an address is beyond ASCII).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "mta/queue/entry.h"

namespace gannet::mta {

struct DsnFacts {
  std::string hostname;
  std::string from_name;
  std::string from_address;
  bool delayed = false;       // the recipients still wait; else each has failed or been delivered
  WallTime will_retry_until;  // for `delayed`
};

// The whole message, to be sent to `entry.sender` with the null return path. `original` is what was sent; all
// of it is returned when the sender asked for that (RET=FULL) and it is below 1 MB, else its header.
std::string write_dsn(const Entry& entry, const std::vector<QueuedRecipient>& recipients,
                      std::string_view original, const DsnFacts& facts, const Clock& clock, Random& random);

}  // namespace gannet::mta
