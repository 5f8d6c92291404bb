// Copies keys from one DataStore to another, and compares the two, while the first is being written to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "store/data_store.h"

namespace gannet::store::migration {

// What a call has done, and where the next one goes on.
struct CopierStep {
  std::string next;  // the first key that was not reached; kEnd when there is none
  std::uint64_t keys = 0, bytes = 0;
  std::uint64_t repaired = 0;  // compare(): keys that were not equal and are now
};

// Above every key.
inline constexpr std::string_view kEnd = "\xff";

// One thread at a time, and the only writer of `to`: values are read from `from` as they are at that moment, so
// an older one never comes over a newer one. Every batch requires the fence (record.h). Memory is bounded by a page
// or by the largest value, whichever is more. What belongs to migrations themselves is left out.
class Copier {
 public:
  // `random` must outlive it.
  Copier(std::shared_ptr<DataStore> from, std::shared_ptr<DataStore> to, Random& random);

  // One page from `position` on ("" is the first key).
  Result<CopierStep> copy(const std::string& position);
  // What commits have listed, at most `limit` entries; how many it dealt with: fewer than `limit` when the list
  // is at its end.
  // `all`: those, too, that may have come late, by a commit that took seconds or a clock that was set back; once in a
  // while it looks for them without being told.
  Result<std::size_t> follow(std::size_t limit, bool all = false);
  // Compares one page of both. A key that differs, and is not listed as changed, is copied again; one that then still
  // differs although nobody writes it is kCorrupt.
  Result<CopierStep> compare(const std::string& position);
  // Keys of `from`, one page a call.
  Result<CopierStep> count(const std::string& position);

  // Removes some of the list, without following it; how many entries.
  Result<std::size_t> forget_changes();
  // Removes the keys of `to`, but what belongs to migrations: one page from `position` on; where the next one begins, kEnd
  // when there is none.
  Result<std::string> erase_target(const std::string& position);
  Result<bool> target_is_empty();

 private:
  Result<void> write(WriteBatch batch);
  Result<void> copy_keys(const std::vector<std::string>& keys);
  Result<std::vector<std::string>> differing(const Range& range, CopierStep& step);
  Result<std::vector<std::string>> not_listed(std::vector<std::string> keys);
  Result<void> repair(const std::string& key);

  const std::shared_ptr<DataStore> from_, to_;
  Random& random_;
  const std::size_t batch_bytes_;
  WallTime followed_{};  // up to here nothing new is expected
  int until_all_ = 0;
  std::string fence_;  // empty when a new one is needed
};

}  // namespace gannet::store::migration
