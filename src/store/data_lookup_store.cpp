#include <algorithm>
#include <array>
#include <functional>
#include <mutex>

#include "base/bytes.h"
#include "store/data_store.h"
#include "store/lookup_record.h"
#include "store/lookup_rules.h"
#include "store/lookup_store.h"
#include "store/subspace.h"

namespace gannet::store {
namespace {

constexpr std::size_t kStripes = 64;
constexpr int kTries = 50;  // another node's changes in between; this one's queue for the stripe

std::string subspace_prefix() {
  return KeyWriter(static_cast<std::uint8_t>(Subspace::kLookup)).take();
}
std::string full_key(LookupKind kind, std::string_view key) {
  return KeyWriter(static_cast<std::uint8_t>(Subspace::kLookup))
      .u8(static_cast<std::uint8_t>(kind))
      .raw(key)
      .take();
}

WriteBatch relaxed() {
  WriteBatch batch;
  batch.set_durability(Durability::kRelaxed);
  return batch;
}

// What is stored under a key, and what of it still counts.
struct Found {
  std::optional<std::string> stored;
  std::optional<LookupRecord> live;  // points into `stored`

  void require_unchanged(WriteBatch& batch, const std::string& key) const {
    stored ? batch.require_value(key, *stored) : batch.require_absent(key);
  }
};

class DataLookupStore final : public LookupStore {
 public:
  DataLookupStore(std::shared_ptr<DataStore> data, Clock& clock) : data_(std::move(data)), clock_(clock) {}

  Result<std::optional<std::string>> get(std::string_view key) override {
    TRY(check_lookup(key));
    Found found;
    TRY(find(full_key(LookupKind::kValue, key), found));
    return found.live ? std::optional(std::string(found.live->value)) : std::nullopt;
  }

  Result<void> set(std::string_view key, std::string_view value, Duration ttl) override {
    TRY(check_lookup(key, value));
    WriteBatch batch = relaxed();
    batch.set(full_key(LookupKind::kValue, key), record(value, ttl));
    return data_->commit(std::move(batch));
  }

  Result<void> remove(std::string_view key) override {
    TRY(check_lookup(key));
    WriteBatch batch = relaxed();
    batch.clear(full_key(LookupKind::kValue, key));
    batch.clear(full_key(LookupKind::kCounter, key));
    return data_->commit(std::move(batch));
  }

  Result<std::int64_t> increment(std::string_view key, std::int64_t delta, Duration ttl) override {
    TRY(check_lookup(key));
    std::int64_t sum = 0;
    const auto change = [&](const Found& found) -> std::optional<std::string> {
      sum = (found.live ? decode_counter(found.live->value) : 0) + delta;
      const std::string value = encode_counter(sum);
      if (!found.live) return record(value, ttl);
      return LookupRecord{.expires_ms = found.live->expires_ms, .value = value}.encode();
    };
    TRY(update(full_key(LookupKind::kCounter, key), change));
    return sum;
  }

  Result<std::int64_t> counter(std::string_view key) override {
    TRY(check_lookup(key));
    Found found;
    TRY(find(full_key(LookupKind::kCounter, key), found));
    return found.live ? decode_counter(found.live->value) : 0;
  }

  Result<bool> lock(std::string_view key, std::string_view holder, Duration lease) override {
    TRY(check_lookup(key, holder));
    bool locked = false;
    TRY(update(full_key(LookupKind::kLock, key), [&](const Found& found) -> std::optional<std::string> {
      locked = !found.live || found.live->value == holder;
      return locked ? std::optional(record(holder, lease)) : std::nullopt;
    }));
    return locked;
  }

  Result<void> unlock(std::string_view key, std::string_view holder) override {
    TRY(check_lookup(key));
    const std::string full = full_key(LookupKind::kLock, key);
    Found found;
    TRY(find(full, found));
    if (!found.live || found.live->value != holder) return {};
    return clear_unchanged(full, *found.stored);
  }

  Result<std::size_t> purge_expired(std::size_t limit) override;

  Result<LookupPage> entries(const std::string& position, std::size_t limit) override;
  Result<std::optional<LookupEntry>> entry(LookupKind kind, std::string_view key) override {
    Found found;
    TRY(find(full_key(kind, key), found));
    if (!found.live) return std::nullopt;
    return entry_of(kind, key, *found.live);
  }
  Result<void> restore(const LookupEntry& entry) override {
    WriteBatch batch = relaxed();
    batch.set(
        full_key(entry.kind, entry.key),
        record(entry.kind == LookupKind::kCounter ? encode_counter(entry.number) : entry.value, entry.left));
    return data_->commit(std::move(batch));
  }
  Result<void> erase(LookupKind kind, std::string_view key) override {
    WriteBatch batch = relaxed();
    batch.clear(full_key(kind, key));
    return data_->commit(std::move(batch));
  }

 private:
  LookupEntry entry_of(LookupKind kind, std::string_view key, const LookupRecord& record) const {
    LookupEntry out{.kind = kind, .key = std::string(key), .value = {}, .number = 0, .left = {}};
    if (kind == LookupKind::kCounter)
      out.number = decode_counter(record.value);
    else
      out.value = record.value;
    if (record.expires_ms != 0)
      out.left = std::max(Duration(1), Duration(record.expires_ms - to_unix_ms(clock_.now())));
    return out;
  }
  std::string record(std::string_view value, Duration ttl) const {
    return LookupRecord{.expires_ms = expiry_of(clock_.now(), ttl), .value = value}.encode();
  }

  Result<void> find(const std::string& key, Found& found) {
    found.live.reset();
    found.stored = TRY(data_->get(key));
    if (found.stored) found.live = LookupRecord::decode(*found.stored);
    if (found.live && found.live->expired(clock_.now())) found.live.reset();
    return {};
  }

  // Stores what `change` makes of what is there; nothing if it gives nothing.
  Result<void> update(const std::string& key,
                      const std::function<std::optional<std::string>(const Found&)>& change) {
    std::lock_guard lock(stripes_[std::hash<std::string>()(key) % kStripes]);
    for (int left = kTries;; --left) {
      Found found;
      TRY(find(key, found));
      auto value = change(found);
      if (!value) return {};
      WriteBatch batch = relaxed();
      found.require_unchanged(batch, key);
      batch.set(key, *std::move(value));
      auto committed = data_->commit(std::move(batch));
      if (committed || !committed.error().is(StoreError::kConflict) || left == 1) return committed;
    }
  }

  // No error if it has changed: then it is no longer what was to go.
  Result<void> clear_unchanged(const std::string& key, const std::string& stored) {
    WriteBatch batch = relaxed();
    batch.require_value(key, stored);
    batch.clear(key);
    auto committed = data_->commit(std::move(batch));
    if (!committed && committed.error().is(StoreError::kConflict)) return {};
    return committed;
  }

  const std::shared_ptr<DataStore> data_;
  Clock& clock_;
  std::array<std::mutex, kStripes> stripes_;
};

Result<std::size_t> DataLookupStore::purge_expired(std::size_t limit) {
  const WallTime now = clock_.now();
  std::size_t removed = 0;
  for (Range range = Range::prefix(subspace_prefix()); removed < limit;) {
    const Page page = TRY(data_->scan(range));
    for (const auto& item : page.items) {
      const auto found = LookupRecord::decode(item.value);
      if (!found || !found->expired(now)) continue;
      TRY(clear_unchanged(item.key, item.value));
      if (++removed == limit) break;
    }
    if (!page.more) break;
    range = next_range(std::move(range), page);
  }
  return removed;
}

Result<LookupPage> DataLookupStore::entries(const std::string& position, std::size_t limit) {
  Range range = Range::prefix(subspace_prefix());
  if (!position.empty()) range.begin = position;
  range.max_items = limit;
  const Page page = TRY(data_->scan(range));
  LookupPage out;
  for (const auto& item : page.items) {
    const auto found = LookupRecord::decode(item.value);
    if (!found || found->expired(clock_.now()) || item.key.size() < 3) continue;
    out.entries.push_back(
        entry_of(static_cast<LookupKind>(item.key[1]), std::string_view(item.key).substr(2), *found));
  }
  if (page.more) out.next = next_range(range, page).begin;
  return out;
}

}  // namespace

std::shared_ptr<LookupStore> lookup_store_over(std::shared_ptr<DataStore> data, Clock& clock) {
  return std::make_shared<DataLookupStore>(std::move(data), clock);
}

}  // namespace gannet::store
