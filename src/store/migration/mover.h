// What a migration of a role other than data moves: items, each by itself (a message, a value, a document of the index).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "store/errors.h"
#include "store/write_batch.h"

namespace gannet::store::migration {

// An item that was written to; `mark` is unlike that of any other write to it.
struct Change {
  std::string item, mark;
};

// The stores of one role in a running server: the one in force, and during a migration the other one.
// One thread, that of the migration; what the server's parts hold goes on meanwhile.
class Mover {
 public:
  virtual ~Mover() = default;

  // The other store, by its id; stays until leave(). `is_target`: else it is the source, and the target is in force.
  // kConfiguration, kUnavailable.
  virtual Result<void> join(const std::string& id, bool is_target) = 0;
  virtual bool joined() const = 0;
  virtual void leave() = 0;

  // Whether every write to the store in force is listed as a change from now on.
  virtual void track(bool on) = 0;
  // Lets no write through until resume(); false if some do not end within `limit`.
  virtual bool pause(Duration limit) = 0;
  virtual void resume() = 0;
  // From now on each write waits so long first.
  virtual void slow_down(Duration delay) = 0;
  // While paused: the other store comes into force, and this one is the other from then on.
  virtual void exchange() = 0;

  struct Items {
    std::vector<std::string> items;
    std::string next;  // where the next page begins; kEnd when there is none
  };
  // Adds to the commit by which one of the two comes into force what tells the batches that were prepared before.
  virtual void seal(WriteBatch& batch, bool target_in_force) {
    (void)batch;
    (void)target_in_force;
  }

  // Adds to the commit by which the other store comes into force what is known of that from then on.
  virtual void mark_exchange(WriteBatch& batch) { (void)batch; }

  // What the store in force has to have, one page from `position` on ("" is the first).
  virtual Result<Items> items(const std::string& position) = 0;
  // Makes the other store have of these what the one in force has, and nothing where that has nothing; octets.
  virtual Result<std::uint64_t> copy(const std::vector<std::string>& items) = 0;
  // Reads both: those that are not the same. Adds the octets to `bytes`.
  virtual Result<std::vector<std::string>> differing(const std::vector<std::string>& items,
                                                     std::uint64_t& bytes) = 0;
  // As copy(), for what was there already and is wrong.
  virtual Result<void> repair(const std::string& item) = 0;

  // Of the other store.
  virtual Result<bool> is_empty() = 0;
  // Removes what the store in force does not have, as far as it can be known: one page from `position` on ("" is the
  // first); where the next one begins, kEnd when there is none.
  virtual Result<std::string> clean(const std::string& position) = 0;

  // Some of the list of changes, the oldest first if it has an order.
  virtual Result<std::vector<Change>> changes(std::size_t limit) = 0;
  // They were dealt with; what was written to since stays listed.
  virtual Result<void> forget(const std::vector<Change>& changes) = 0;
  // True once after the list was lost (it does not outlive the process, or grew too long): all is to be copied again.
  virtual bool changes_lost() = 0;
  // Whether what the other store alone has is to be looked for before that is left for good.
  virtual bool looks_back() const = 0;
};

}  // namespace gannet::store::migration
