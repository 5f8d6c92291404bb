#include "store/migration/changed_keys.h"

#include "base/bytes.h"
#include "store/migration/record.h"

namespace gannet::store::migration {
namespace {

constexpr std::uint8_t kVersion = 1;
// Well below what any backend takes as one value without more ado.
constexpr std::size_t kEntryBytes = 32 << 10;

enum class Kind : std::uint8_t { kKey, kRange };

}  // namespace

std::string changes_since(WallTime time) {
  return KeyWriter().raw(changes_prefix()).u64(static_cast<std::uint64_t>(to_unix_ms(time))).take();
}

WallTime time_of_changes(std::string_view key) {
  KeyReader in(key.substr(changes_prefix().size()));
  return from_unix_ms(static_cast<std::int64_t>(in.u64()));
}

void list_changes(WriteBatch& batch, WallTime now, Random& random) {
  std::vector<std::string> entries;
  RecordWriter entry(kVersion);
  bool empty = true;
  const std::string own = own_prefix();
  for (const auto& operation : batch.operations()) {
    if (operation.key.starts_with(own)) continue;
    switch (operation.kind) {
      case WriteBatch::Kind::kSet:
      case WriteBatch::Kind::kClear:
      case WriteBatch::Kind::kAdd:
        entry.u8(static_cast<std::uint8_t>(Kind::kKey)).string(operation.key);
        break;
      case WriteBatch::Kind::kClearRange:
        entry.u8(static_cast<std::uint8_t>(Kind::kRange)).string(operation.key).string(operation.value);
        break;
      case WriteBatch::Kind::kRequireAbsent:
      case WriteBatch::Kind::kRequireValue:
        continue;
    }
    empty = false;
    if (entry.view().size() < kEntryBytes) continue;
    entries.push_back(std::exchange(entry, RecordWriter(kVersion)).take());
    empty = true;
  }
  if (!empty) entries.push_back(entry.take());
  for (auto& value : entries) batch.set(changes_since(now) + random.bytes(8), std::move(value));
}

Result<ChangedKeys> decode_changes(std::string_view entry) {
  RecordReader in(entry);
  ChangedKeys out;
  if (in.u8() != kVersion) return fail(StoreError::kCorrupt, "a list of changed keys cannot be read");
  while (in.ok() && in.remaining() > 0) {
    const std::uint8_t kind = in.u8();
    std::string key(in.string());
    if (kind == static_cast<std::uint8_t>(Kind::kKey)) {
      out.keys.push_back(std::move(key));
    } else if (kind == static_cast<std::uint8_t>(Kind::kRange)) {
      out.ranges.emplace_back(std::move(key), std::string(in.string()));
    } else {
      return fail(StoreError::kCorrupt, "a list of changed keys cannot be read");
    }
  }
  if (!in.ok()) return fail(StoreError::kCorrupt, "a list of changed keys cannot be read");
  return out;
}

}  // namespace gannet::store::migration
