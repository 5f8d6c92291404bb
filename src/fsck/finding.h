// What a check found, and what became of it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace gannet::fsck {

enum class Fate : std::uint8_t {
  kFound,      // can be repaired: the run was not asked to
  kRepaired,   // and the repair is durable
  kLost,       // what is missing cannot be derived from what is there; nothing was altered
  kUnchecked,  // could not be looked at: the store failed, or the account never held still
};
const char* to_string(Fate fate);

struct Finding {
  std::string check;          // "mailbox.counters": docs/fsck.md has one paragraph for each
  std::uint32_t account = 0;  // 0: of no account
  std::string what;           // for the administrator
  Fate fate = Fate::kFound;
};

// Told of everything on the thread of the run.
class Listener {
 public:
  virtual ~Listener() = default;
  virtual void found(const Finding& finding) = 0;
  // `done` of `all` steps of a phase; `all` is 0 where nobody knows.
  virtual void progress(const std::string& phase, std::uint64_t done, std::uint64_t all) = 0;
  virtual bool cancelled() = 0;
};

}  // namespace gannet::fsck
