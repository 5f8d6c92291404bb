// A whole run over all of Gannet's data, while it is in use.
//
// An account is read from one snapshot (or, where the store's snapshots are short-lived, between two looks at
// its Head that are the same), so that nothing is reported which a commit in between explains. What lies
// outside accounts is scanned in pages, and each thing that looks wrong is looked at once more in a snapshot
// of its own. A repair is a batch which requires what it was made from to be there still; after a conflict
// the check is made again.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/random.h"
#include "fsck/finding.h"
#include "store/stores.h"

namespace gannet::fsck {

struct Options {
  bool repair = false;
  bool deep = false;                     // reads every message and compares its hash
  std::optional<std::uint32_t> account;  // this one alone, and nothing outside accounts
};

// What checks and repairs work with.
struct Context {
  const store::Stores& stores;
  const Options& options;
  Clock& clock;
  Random& random;
  Listener& listener;
};

// Fails when the store does, or kCancelled; what it told the listener before stands. Any thread.
Result<void> run(const Context& context);

}  // namespace gannet::fsck
