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

namespace gannet::directory {

// What one key holds. A key that holds nothing is remembered as well.
struct CachedRecord {
  StoredPrincipalPtr principal;  // principal_key(); null for none
  std::string name;              // address_key(), number_key(); empty for none
};

class RecordCache {
 public:
  explicit RecordCache(std::size_t max_entries) : records_(max_entries) {}

  // Only what was read under exactly this version.
  std::optional<CachedRecord> get(std::uint64_t version, std::string_view key) {
    std::lock_guard lock(mutex_);
    if (version != version_) return std::nullopt;
    const CachedRecord* found = records_.get(key);
    return found ? std::optional(*found) : std::nullopt;
  }

  // The same without waiting: nothing, too, while another thread is in here.
  std::optional<CachedRecord> get_now(std::uint64_t version, std::string_view key) {
    std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock || version != version_) return std::nullopt;
    const CachedRecord* found = records_.get(key);
    return found ? std::optional(*found) : std::nullopt;
  }

  // A later version drops all that was read under an earlier one; what comes late is not kept.
  void put(std::uint64_t version, std::string key, CachedRecord record) {
    std::lock_guard lock(mutex_);
    if (version < version_) return;
    if (version > version_) records_.clear();
    version_ = version;
    records_.put(std::move(key), std::move(record));
  }

 private:
  std::mutex mutex_;
  std::uint64_t version_ = 0;
  LruCache<std::string, CachedRecord, StringHash> records_;
};

}  // namespace gannet::directory
