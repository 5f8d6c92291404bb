// DataStore: an ordered map from bytes to bytes, on which everything else is built.
//
// Promises, held by tests/contract for every backend:
//  - Keys are ordered as unsigned bytes. The first byte names the subspace (subspace.h).
//  - A batch is applied whole or not at all; when commit() returns it is on stable storage (unless the batch
//    asks for less: Durability).
//  - Preconditions are checked and the batch applied as one step: no other commit comes between.
//  - A read sees every commit that had returned before the read began (from this process; a read replica may
//    serve others later).
//  - A snapshot sees one moment, however long it lives; a backend may bound its life (kUnavailable then).
//  - No call keeps anything open in the backend between calls, snapshots apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/pool.h"
#include "store/errors.h"
#include "store/write_batch.h"

namespace gannet::store {

struct KeyValue {
  std::string key;
  std::string value;  // empty where only keys were asked for
};

// [begin, end), within one subspace.
struct Range {
  std::string begin;
  std::string end;
  bool reverse = false;  // from the end backwards
  bool keys_only = false;
  // A page ends at whichever limit it meets first; at least one item is returned if there is one.
  std::size_t max_items = 1000;
  std::size_t max_bytes = 1 << 20;

  // Every key that starts with `prefix`.
  static Range prefix(std::string_view prefix);
};

struct Page {
  std::vector<KeyValue> items;
  bool more = false;  // there may be more: call again with next_range()
};

// The range that continues after `page`; call only if page.more.
Range next_range(Range range, const Page& page);

// What a DataStore and a Snapshot have in common. Any thread.
class Reader {
 public:
  virtual ~Reader() = default;
  virtual Result<std::optional<std::string>> get(std::string_view key) = 0;
  // One answer a key, in order; one round trip where the backend can.
  virtual Result<std::vector<std::optional<std::string>>> get_many(std::span<const std::string> keys) = 0;
  virtual Result<Page> scan(const Range& range) = 0;
};

// Reads every page of `range` (its limits bound a page, not the whole).
Result<std::vector<KeyValue>> scan_all(Reader& reader, Range range);

class Snapshot : public Reader {};

struct DataStoreLimits {
  std::size_t max_key_bytes = 1024;
  std::size_t max_value_bytes = 16 << 20;
  // Larger values cost more than their bytes: whoever cuts contents into pieces makes them no larger.
  std::size_t preferred_value_bytes = 256 << 10;
  std::size_t max_batch_bytes = 256 << 20;
  // Whoever has more for one batch, and may cut it, does: of more, a backend may refuse what it cannot hold in one
  // transaction (kTooLarge).
  std::size_t max_batch_operations = 1'000'000;
  // A snapshot may end (kUnavailable) after seconds: whoever reads much must be able to do without.
  bool short_snapshots = false;
};

// Round trips to the backend since the start, and how they ended.
struct DataStoreStatistics {
  std::uint64_t reads = 0;
  std::uint64_t commits = 0;
  std::uint64_t conflicts = 0;
  std::uint64_t syncs = 0;  // durable writes: fewer than commits where the backend groups them
};

// Any thread. A call blocks for as long as the backend needs; its own time-out bounds that.
class DataStore : public Reader {
 public:
  virtual Result<std::shared_ptr<Snapshot>> snapshot() = 0;
  // Errors: kConflict (a precondition failed), kTooLarge, kInvalid, kFull, kUnavailable. After kUnavailable
  // the batch may or may not have been applied; a caller that retries makes its batch idempotent by a
  // precondition.
  virtual Result<void> commit(WriteBatch batch) = 0;
  virtual DataStoreLimits limits() const = 0;
  virtual DataStoreStatistics statistics() const = 0;
  // Its connections; nothing where it has none.
  virtual std::optional<PoolStatistics> pool() const { return std::nullopt; }
  // Whether a commit can be expected to succeed: false once the backend has stopped writing (full disk,
  // background error, lost connection). The edge greets with "try again later" meanwhile.
  virtual bool writable() const = 0;
  // Whether other processes may write to it: then what this one remembers of it may be behind.
  virtual bool has_other_writers() const { return true; }
};

}  // namespace gannet::store
