// The queue's bookkeeping: entries and their due index in the DataStore.
//
// Keys (Subspace::kQueue):
//   'q' 'e' id        -> the entry (entry.h)
//   'q' 'd' due id    -> nothing; due in milliseconds since 1970
//
// States of an entry, and who may take it where. Each step is one commit.
//
//   | state   | entry key           | due key       | step                                               |
//   | absent  | absent              | absent        | enqueue: requires the entry key to be absent        |
//   | waiting | holder empty        | (due, id)     | claim, once due: to leased                          |
//   |         |                     |               | make_due, remove, by the operator: waiting or absent |
//   | leased  | holder set          | (lease's end) | settle, by the holder: to waiting or absent         |
//   |         |                     |               | takeover, by anybody once due: to leased            |
//
//  - Enqueueing is in the commit that puts the message into the mailboxes that could be served; what was
//    acknowledged is in a mailbox or in an entry, never in neither, never in both.
//  - Every later step requires the entry to hold exactly the bytes that the worker read. So of two workers
//    one meets a conflict, and a mailbox change is in the same commit as its recipient's removal from the entry.
//  - A worker that dies leaves a lease; its end is in the due index, so the entry is found again.
//  - The blob is linked by each entry, and unlinked in the commit that removes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "mta/queue/entry.h"
#include "store/stores.h"

namespace gannet::mta {

// Any thread. Calls block.
class Queue {
 public:
  // `clock` and `random` outlive it.
  Queue(store::Stores stores, Clock& clock, Random& random);

  // Rises with time: milliseconds and 20 random bits.
  std::uint64_t new_id();

  // Adds the entry, its due key and a link to its blob to a batch that commits other things too. The blob
  // itself is put with that batch, or was before: Accounts::store does so.
  void enqueue(store::WriteBatch& batch, const Entry& entry);

  struct Due {
    std::uint64_t id;
    WallTime due;
  };
  // What is due by now, earliest first.
  Result<std::vector<Due>> due(std::size_t limit);
  // When the next entry is due; nothing for an empty queue.
  Result<std::optional<WallTime>> next_due();

  struct Claim {
    Entry entry;         // as the worker has it: holder and lease set
    std::string record;  // its bytes in the store
  };
  // Nothing when it is gone, not due, or another worker was quicker.
  Result<std::optional<Claim>> claim(std::uint64_t id, std::string_view holder, Duration lease);
  // kLost unless the claim still stands.
  Result<> check(const Claim& claim);
  // Adds to `batch` what takes the claim to `after`: waiting, or gone when no recipient is left.
  void settle(store::WriteBatch& batch, const Claim& claim, const Entry& after);
  // The same as a commit of its own; kLost when the claim no longer stands. The claim goes on with the new
  // record when `after` still has the holder.
  Result<> commit(Claim& claim, const Entry& after);

  // Entries in the order of their numbers above `after`, for the operator.
  Result<std::vector<Entry>> list(std::uint64_t after, std::size_t limit);
  Result<std::optional<Entry>> find(std::uint64_t id);
  Result<std::string> content(const Entry& entry);

  // The operator's steps, from waiting to waiting or absent. False when there is no such entry; kLost while a
  // worker has it.
  Result<bool> make_due(std::uint64_t id);
  // Nobody is told.
  Result<bool> remove(std::uint64_t id);

 private:
  Result<bool> change_waiting(std::uint64_t id, const std::function<void(Entry&)>& change);

  store::Stores stores_;
  Clock& clock_;
  Random& random_;
};

}  // namespace gannet::mta
