#include "store/rocksdb/group_effects.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "store/rocksdb/status.h"
#include "store/subspace.h"

namespace gannet::store::rocks {
namespace {

// Below this many keys a range is cleared key by key: RocksDB's range tombstones make every later read of
// the family slower until they are flushed.
constexpr std::size_t kFewKeys = 256;

std::unexpected<Error> conflict(const WriteBatch::Operation& operation) {
  return fail(StoreError::kConflict, "another change came first",
              "precondition failed on key " + hex_encode(operation.key), Retry::kCanHelp);
}

}  // namespace

Result<void> GroupEffects::check(const WriteBatch& batch) {
  for (const auto& operation : batch.operations()) {
    if (operation.kind == WriteBatch::Kind::kRequireAbsent) {
      if (TRY(read(operation.key))) return conflict(operation);
    } else if (operation.kind == WriteBatch::Kind::kRequireValue) {
      const Value value = TRY(read(operation.key));
      if (!value || *value != operation.value) return conflict(operation);
    }
  }
  return {};
}

Result<void> GroupEffects::apply(const WriteBatch& batch, rocksdb::WriteBatch& out) {
  for (const auto& operation : batch.operations()) {
    switch (operation.kind) {
      case WriteBatch::Kind::kSet:
        out.Put(database_.family(operation.key), operation.key, operation.value);
        remember(operation.key, operation.value);
        break;
      case WriteBatch::Kind::kClear:
        out.Delete(database_.family(operation.key), operation.key);
        remember(operation.key, std::nullopt);
        break;
      case WriteBatch::Kind::kAdd:
        TRY(add(operation, out));
        break;
      case WriteBatch::Kind::kClearRange:
        TRY(clear_range(operation, out));
        break;
      case WriteBatch::Kind::kRequireAbsent:
      case WriteBatch::Kind::kRequireValue:
        break;
    }
  }
  return {};
}

Result<GroupEffects::Value> GroupEffects::read(std::string_view key) {
  if (const auto it = written_.find(key); it != written_.end())
    return it->second ? Value(std::string(*it->second)) : std::nullopt;
  for (const auto& [begin, end] : cleared_)
    if (begin <= key && key < end) return std::nullopt;
  std::string value;
  const auto status = database_.db().Get(rocksdb::ReadOptions(), database_.family(key), key, &value);
  if (status.ok()) return value;
  if (status.IsNotFound()) return std::nullopt;
  return fail_with(status, "read before commit");
}

void GroupEffects::remember(std::string_view key, std::optional<std::string_view> value) {
  written_.insert_or_assign(key, value);
}

Result<void> GroupEffects::add(const WriteBatch::Operation& operation, rocksdb::WriteBatch& out) {
  const Value before = TRY(read(operation.key));
  const auto sum = static_cast<std::uint64_t>(before ? decode_counter(*before) : 0) +
                   static_cast<std::uint64_t>(operation.delta);
  counters_.push_back(std::make_unique<std::string>(encode_counter(static_cast<std::int64_t>(sum))));
  out.Put(database_.family(operation.key), operation.key, *counters_.back());
  remember(operation.key, *counters_.back());
  return {};
}

Result<void> GroupEffects::clear_range(const WriteBatch::Operation& operation, rocksdb::WriteBatch& out) {
  const std::string_view begin = operation.key, end = operation.value;
  if (begin == end) return {};
  auto* family = database_.family(begin);
  const auto first = written_.lower_bound(begin), last = written_.lower_bound(end);
  auto forget = [&] {
    written_.erase(first, last);
    cleared_.emplace_back(begin, end);
  };
  // An iterator over blob files would read every content that it passes.
  if (begin[0] == static_cast<char>(Subspace::kBlob)) {
    out.DeleteRange(family, begin, end);
    return forget(), Result<void>();
  }
  const rocksdb::Slice upper(end.data(), end.size());
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &upper;
  std::unique_ptr<rocksdb::Iterator> it(database_.db().NewIterator(options, family));
  std::vector<std::string> keys;
  for (it->Seek(begin); it->Valid() && keys.size() <= kFewKeys; it->Next())
    keys.push_back(it->key().ToString());
  if (!it->status().ok()) return fail_with(it->status(), "clear range");

  if (keys.size() > kFewKeys) {
    out.DeleteRange(family, begin, end);
  } else {
    for (const auto& key : keys) out.Delete(family, key);
    for (auto at = first; at != last; ++at)
      if (at->second) out.Delete(family, at->first);
  }
  forget();
  return {};
}

}  // namespace gannet::store::rocks
