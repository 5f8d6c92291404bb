// Records of the internal directory as they were under one version of it (schema.h). Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/lru_cache.h"
#include "directory/schema.h"
#include "observe/caches.h"

namespace gannet::directory {

// What one key holds. A key that holds nothing is remembered as well.
struct CachedRecord {
  StoredPrincipalPtr principal;  // principal_key(); null for none
  std::string name;              // address_key(), number_key(); empty for none
};

class RecordCache {
 public:
  // `name` as observe/caches.h knows it.
  RecordCache(std::size_t max_entries, std::string name)
      : records_(max_entries), entry_(std::move(name), [this] { return status(); }, [this] { clear(); }) {}

  // Only what was read under exactly this version.
  std::optional<CachedRecord> get(std::uint64_t version, std::string_view key) {
    std::lock_guard lock(mutex_);
    return find(version, key);
  }

  // The same without waiting: nothing, too, while another thread is in here.
  std::optional<CachedRecord> get_now(std::uint64_t version, std::string_view key) {
    std::unique_lock lock(mutex_, std::try_to_lock);
    return lock ? find(version, key) : std::nullopt;
  }

  // A later version drops all that was read under an earlier one; what comes late is not kept.
  void put(std::uint64_t version, std::string key, CachedRecord record) {
    std::lock_guard lock(mutex_);
    if (version < version_) return;
    if (version > version_) records_.clear();
    version_ = version;
    const std::size_t before = records_.size() + (records_.get(key) ? 0 : 1);
    records_.put(std::move(key), std::move(record));
    evictions_ += before - records_.size();
  }

  void clear() {
    std::lock_guard lock(mutex_);
    records_.clear();
  }

 private:
  std::optional<CachedRecord> find(std::uint64_t version, std::string_view key) {
    const CachedRecord* found = version == version_ ? records_.get(key) : nullptr;
    ++(found ? hits_ : misses_);
    return found ? std::optional(*found) : std::nullopt;
  }
  observe::CacheStatus status() {
    std::lock_guard lock(mutex_);
    return {.hits = hits_,
            .misses = misses_,
            .evictions = evictions_,
            .entries = records_.size(),
            .max_entries = records_.max_weight()};
  }

  std::mutex mutex_;
  std::uint64_t version_ = 0;
  LruCache<std::string, CachedRecord, StringHash> records_;
  std::uint64_t hits_ = 0, misses_ = 0, evictions_ = 0;
  const observe::CacheEntry entry_;
};

}  // namespace gannet::directory
