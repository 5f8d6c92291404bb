// LookupStore: small values and counters with a time to live, and a lock with a lease. What it holds may be
// lost without losing mail: rate counters, greylisting, reputation, sessions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "store/errors.h"

namespace gannet::store {

class DataStore;

// The three name spaces; stored, so never change one.
enum class LookupKind : char { kValue = 'v', kCounter = 'n', kLock = 'k' };

// One of what a LookupStore holds, as it is.
struct LookupEntry {
  LookupKind kind = LookupKind::kValue;
  std::string key;
  std::string value;        // kValue; kLock: the holder
  std::int64_t number = 0;  // kCounter
  Duration left{};          // until it expires; 0 for ever

  bool operator==(const LookupEntry&) const = default;
};
struct LookupPage {
  std::vector<LookupEntry> entries;
  std::string next;  // where the next page begins; empty at the end
};

// Any thread. A time to live of 0 means for ever. Expired entries are never returned, whether or not the
// backend has removed them yet. Values, counters and locks are three name spaces: one of each may have the
// same key. Keys are of 1 to 900 bytes (kInvalid beyond), values of up to 1 MB (kTooLarge).
class LookupStore {
 public:
  virtual ~LookupStore() = default;
  virtual Result<std::optional<std::string>> get(std::string_view key) = 0;
  virtual Result<void> set(std::string_view key, std::string_view value, Duration ttl) = 0;
  // The value and the counter of that name.
  virtual Result<void> remove(std::string_view key) = 0;

  // Adds and returns the new value. The first increment of a counter starts its time to live, later ones
  // leave it: a fixed window.
  virtual Result<std::int64_t> increment(std::string_view key, std::int64_t delta, Duration ttl) = 0;
  // 0 if there is none.
  virtual Result<std::int64_t> counter(std::string_view key) = 0;

  // True if `holder` now has the lock, or had it: its lease then runs for `lease` from now.
  virtual Result<bool> lock(std::string_view key, std::string_view holder, Duration lease) = 0;
  // Nothing happens if `holder` does not have it.
  virtual Result<void> unlock(std::string_view key, std::string_view holder) = 0;

  // Removes what has expired, at most `limit` entries; how many it removed. 0 where that happens by itself.
  virtual Result<std::size_t> purge_expired(std::size_t limit) = 0;

  // --- for moving all of it to another store

  // About `limit` entries from `position` on ("" is the beginning), in an order of the store's own. Each that is there
  // all the time comes at least once.
  virtual Result<LookupPage> entries(const std::string& position, std::size_t limit) = 0;
  virtual Result<std::optional<LookupEntry>> entry(LookupKind kind, std::string_view key) = 0;
  // In place of what is there.
  virtual Result<void> restore(const LookupEntry& entry) = 0;
  // No error if it is not there.
  virtual Result<void> erase(LookupKind kind, std::string_view key) = 0;
};

// In this process's memory: gone at its end, not shared with other nodes. Holds at most about `max_bytes`;
// beyond, what is nearest to its expiry goes first. `clock` must outlive it.
std::shared_ptr<LookupStore> memory_lookup_store(std::size_t max_bytes, Clock& clock);

// In Subspace::kLookup of `data`. `clock` must outlive it.
std::shared_ptr<LookupStore> lookup_store_over(std::shared_ptr<DataStore> data, Clock& clock);

}  // namespace gannet::store
