#include <algorithm>
#include <array>
#include <functional>
#include <mutex>
#include <set>
#include <type_traits>
#include <unordered_map>

#include "base/lru_cache.h"
#include "store/lookup_rules.h"
#include "store/lookup_store.h"

namespace gannet::store {
namespace {

constexpr std::size_t kShards = 16;
constexpr std::size_t kEntryOverhead = 200;  // of the maps, about

std::string full_key(LookupKind kind, std::string_view key) {
  return static_cast<char>(kind) + std::string(key);
}

// One lock's worth of entries. The caller holds mutex().
class Shard {
 public:
  struct Entry {
    std::string value;
    std::int64_t number = 0;
    std::int64_t expires_ms = 0;  // 0: never
  };

  std::mutex& mutex() { return mutex_; }

  // Null if it is not there or has expired.
  Entry* find(std::string_view key, std::int64_t now_ms) {
    const auto it = entries_.find(key);
    if (it == entries_.end()) return nullptr;
    if (it->second.expires_ms == 0 || it->second.expires_ms > now_ms) return &it->second;
    erase(it);
    return nullptr;
  }

  void put(std::string key, Entry entry, std::size_t max_bytes) {
    erase(std::string_view(key));
    const std::size_t size = weight(key, entry);
    while (bytes_ + size > max_bytes && !entries_.empty()) drop_one();
    const auto it = entries_.emplace(std::move(key), std::move(entry)).first;
    bytes_ += size;
    if (it->second.expires_ms != 0) by_expiry_.emplace(it->second.expires_ms, it->first);
  }

  void erase(std::string_view key) {
    if (const auto it = entries_.find(key); it != entries_.end()) erase(it);
  }

  template <typename Visit>
  void each(std::int64_t now_ms, Visit visit) const {
    for (const auto& [key, entry] : entries_)
      if (entry.expires_ms == 0 || entry.expires_ms > now_ms) visit(key, entry);
  }

  std::size_t purge(std::int64_t now_ms, std::size_t limit) {
    std::size_t removed = 0;
    for (; removed < limit && !by_expiry_.empty() && by_expiry_.begin()->first <= now_ms; ++removed)
      drop_one();
    return removed;
  }

 private:
  using Entries = std::unordered_map<std::string, Entry, StringHash, std::equal_to<>>;

  static std::size_t weight(std::string_view key, const Entry& entry) {
    return key.size() + entry.value.size() + kEntryOverhead;
  }
  void drop_one() {
    erase(by_expiry_.empty() ? entries_.begin() : entries_.find(by_expiry_.begin()->second));
  }
  void erase(Entries::iterator it) {
    bytes_ -= weight(it->first, it->second);
    if (it->second.expires_ms != 0) by_expiry_.erase({it->second.expires_ms, it->first});
    entries_.erase(it);
  }

  std::mutex mutex_;
  Entries entries_;
  std::set<std::pair<std::int64_t, std::string_view>> by_expiry_;  // keys point into entries_
  std::size_t bytes_ = 0;
};

class MemoryLookupStore final : public LookupStore {
 public:
  MemoryLookupStore(std::size_t max_bytes, Clock& clock) : shard_bytes_(max_bytes / kShards), clock_(clock) {}

  Result<std::optional<std::string>> get(std::string_view key) override {
    TRY(check_lookup(key));
    return at(LookupKind::kValue, key, [](Shard&, const std::string&, Shard::Entry* entry) {
      return entry ? std::optional(entry->value) : std::nullopt;
    });
  }

  Result<void> set(std::string_view key, std::string_view value, Duration ttl) override {
    TRY(check_lookup(key, value));
    at(LookupKind::kValue, key, [&](Shard& shard, const std::string& full, Shard::Entry*) {
      shard.put(full, {.value = std::string(value), .expires_ms = expiry_of(clock_.now(), ttl)},
                shard_bytes_);
    });
    return {};
  }

  Result<void> remove(std::string_view key) override {
    TRY(check_lookup(key));
    for (const auto kind : {LookupKind::kValue, LookupKind::kCounter})
      at(kind, key, [](Shard& shard, const std::string& full, Shard::Entry*) { shard.erase(full); });
    return {};
  }

  Result<std::int64_t> increment(std::string_view key, std::int64_t delta, Duration ttl) override {
    TRY(check_lookup(key));
    return at(LookupKind::kCounter, key, [&](Shard& shard, const std::string& full, Shard::Entry* entry) {
      if (entry) return entry->number += delta;
      shard.put(full, {.value = {}, .number = delta, .expires_ms = expiry_of(clock_.now(), ttl)},
                shard_bytes_);
      return delta;
    });
  }

  Result<std::int64_t> counter(std::string_view key) override {
    TRY(check_lookup(key));
    return at(LookupKind::kCounter, key,
              [](Shard&, const std::string&, Shard::Entry* entry) { return entry ? entry->number : 0; });
  }

  Result<bool> lock(std::string_view key, std::string_view holder, Duration lease) override {
    TRY(check_lookup(key, holder));
    return at(LookupKind::kLock, key, [&](Shard& shard, const std::string& full, Shard::Entry* entry) {
      if (entry && entry->value != holder) return false;
      shard.put(full, {.value = std::string(holder), .expires_ms = expiry_of(clock_.now(), lease)},
                shard_bytes_);
      return true;
    });
  }

  Result<void> unlock(std::string_view key, std::string_view holder) override {
    TRY(check_lookup(key));
    at(LookupKind::kLock, key, [&](Shard& shard, const std::string& full, Shard::Entry* entry) {
      if (entry && entry->value == holder) shard.erase(full);
    });
    return {};
  }

  Result<std::size_t> purge_expired(std::size_t limit) override {
    const std::int64_t now_ms = to_unix_ms(clock_.now());
    std::size_t removed = 0;
    for (auto& shard : shards_) {
      std::lock_guard lock(shard.mutex());
      removed += shard.purge(now_ms, limit - removed);
    }
    return removed;
  }

  // A shard at once: its entries have no order in which one could go on.
  Result<LookupPage> entries(const std::string& position, std::size_t) override {
    const std::size_t at = position.empty() ? 0 : static_cast<unsigned char>(position.front());
    LookupPage out;
    if (at >= kShards) return out;
    const std::int64_t now_ms = to_unix_ms(clock_.now());
    std::lock_guard lock(shards_[at].mutex());
    shards_[at].each(now_ms, [&](const std::string& full, const Shard::Entry& entry) {
      out.entries.push_back(
          entry_of(static_cast<LookupKind>(full.front()), std::string_view(full).substr(1), entry, now_ms));
    });
    if (at + 1 < kShards) out.next = std::string(1, static_cast<char>(at + 1));
    return out;
  }

  Result<std::optional<LookupEntry>> entry(LookupKind kind, std::string_view key) override {
    const std::int64_t now_ms = to_unix_ms(clock_.now());
    return at(kind, key, [&](Shard&, const std::string&, Shard::Entry* found) {
      return found ? std::optional(entry_of(kind, key, *found, now_ms)) : std::nullopt;
    });
  }

  Result<void> restore(const LookupEntry& entry) override {
    at(entry.kind, entry.key, [&](Shard& shard, const std::string& full, Shard::Entry*) {
      shard.put(
          full,
          {.value = entry.value, .number = entry.number, .expires_ms = expiry_of(clock_.now(), entry.left)},
          shard_bytes_);
    });
    return {};
  }

  Result<void> erase(LookupKind kind, std::string_view key) override {
    at(kind, key, [](Shard& shard, const std::string& full, Shard::Entry*) { shard.erase(full); });
    return {};
  }

 private:
  static LookupEntry entry_of(LookupKind kind, std::string_view key, const Shard::Entry& entry,
                              std::int64_t now_ms) {
    return {
        .kind = kind,
        .key = std::string(key),
        .value = entry.value,
        .number = entry.number,
        .left = Duration(entry.expires_ms == 0 ? 0 : std::max<std::int64_t>(1, entry.expires_ms - now_ms))};
  }

  // Calls `visit` with the key's shard, locked, the key there, and its entry or null.
  template <typename Visit>
  std::invoke_result_t<Visit, Shard&, const std::string&, Shard::Entry*> at(LookupKind kind,
                                                                            std::string_view key,
                                                                            Visit&& visit) {
    const std::string full = full_key(kind, key);
    Shard& shard = shards_[std::hash<std::string>()(full) % kShards];
    std::lock_guard lock(shard.mutex());
    return visit(shard, full, shard.find(full, to_unix_ms(clock_.now())));
  }

  const std::size_t shard_bytes_;
  Clock& clock_;
  std::array<Shard, kShards> shards_;
};

}  // namespace

std::shared_ptr<LookupStore> memory_lookup_store(std::size_t max_bytes, Clock& clock) {
  return std::make_shared<MemoryLookupStore>(max_bytes, clock);
}

}  // namespace gannet::store
