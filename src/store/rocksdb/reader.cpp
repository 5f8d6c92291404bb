#include "store/rocksdb/reader.h"

#include "store/rocksdb/status.h"
#include "store/validate.h"

namespace gannet::store::rocks {
namespace {

// Checksums are verified, though pieces of blobs carry their own: RocksDB may end the process on a damaged
// block that it did not check.
rocksdb::ReadOptions read_options(const rocksdb::Snapshot* snapshot) {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  return options;
}

// A large scan would otherwise push out of the cache what is read often.
constexpr std::size_t kLargeScan = 4 << 20;

}  // namespace

Result<std::optional<std::string>> get(Database& database, const rocksdb::Snapshot* snapshot,
                                       std::string_view key, const DataStoreLimits& limits) {
  TRY(check_key(key, limits));
  std::string value;
  const auto status = database.db().Get(read_options(snapshot), database.family(key), key, &value);
  if (status.ok()) return value;
  if (status.IsNotFound()) return std::nullopt;
  return fail_with(status, "get");
}

Result<std::vector<std::optional<std::string>>> get_many(Database& database,
                                                         const rocksdb::Snapshot* snapshot,
                                                         std::span<const std::string> keys,
                                                         const DataStoreLimits& limits) {
  std::vector<rocksdb::ColumnFamilyHandle*> families;
  std::vector<rocksdb::Slice> slices;
  families.reserve(keys.size());
  slices.reserve(keys.size());
  for (const auto& key : keys) {
    TRY(check_key(key, limits));
    families.push_back(database.family(key));
    slices.emplace_back(key);
  }
  // The form that reads filters and blocks for all keys together.
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  database.db().MultiGet(read_options(snapshot), keys.size(), families.data(), slices.data(), values.data(),
                         statuses.data());
  std::vector<std::optional<std::string>> answers(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (statuses[i].ok())
      answers[i] = values[i].ToString();
    else if (!statuses[i].IsNotFound())
      return fail_with(statuses[i], "multiget");
  }
  return answers;
}

Result<Page> scan(Database& database, const rocksdb::Snapshot* snapshot, const Range& range) {
  TRY(check_range(range.begin, range.end));
  const rocksdb::Slice lower(range.begin), upper(range.end);
  auto options = read_options(snapshot);
  options.iterate_lower_bound = &lower;
  options.iterate_upper_bound = &upper;
  options.fill_cache = range.max_bytes <= kLargeScan;
  std::unique_ptr<rocksdb::Iterator> it(database.db().NewIterator(options, database.family(range.begin)));
  Page page;
  std::size_t bytes = 0;
  range.reverse ? it->SeekToLast() : it->SeekToFirst();
  for (; it->Valid(); range.reverse ? it->Prev() : it->Next()) {
    const std::size_t size = it->key().size() + (range.keys_only ? 0 : it->value().size());
    if (!page.items.empty() && (page.items.size() >= range.max_items || bytes + size > range.max_bytes)) {
      page.more = true;
      break;
    }
    bytes += size;
    page.items.push_back({it->key().ToString(), range.keys_only ? std::string() : it->value().ToString()});
  }
  if (!it->status().ok()) return fail_with(it->status(), "scan");
  return page;
}

}  // namespace gannet::store::rocks
