// The caches of the process, by name: for metrics and for `gannet cache status|clear`.
//
// Two caches of one name, of two parts that each have their own, are shown as one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace gannet::observe {

struct CacheStatus {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t evictions = 0;  // to make room, or too old
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;        // what its entries are taken to weigh; 0 where only entries are counted
  std::uint64_t max_entries = 0;  // 0: bounded by bytes alone
  std::uint64_t max_bytes = 0;    // 0: bounded by entries alone
};

// Of a SharedCache whose weight is in entries, or in bytes.
template <typename Cache>
CacheStatus status_in_entries(const Cache& cache) {
  const auto now = cache.statistics();
  return {.hits = now.hits,
          .misses = now.misses,
          .evictions = now.evictions,
          .entries = now.entries,
          .max_entries = cache.max_weight()};
}
template <typename Cache>
CacheStatus status_in_bytes(const Cache& cache) {
  const auto now = cache.statistics();
  return {.hits = now.hits,
          .misses = now.misses,
          .evictions = now.evictions,
          .entries = now.entries,
          .bytes = now.weight,
          .max_bytes = cache.max_weight()};
}

// Makes a cache known for as long as it lives: gannet_cache_hits_total, _misses_total, _evictions_total,
// _entries and _bytes, with the name as the label `cache`. `read` and `clear` are called on any thread, never
// after the destructor has begun to return; neither may make or end a CacheEntry.
class CacheEntry {
 public:
  // `name` as an operator types it: "imap.headers", "directory.sql.positive".
  CacheEntry(std::string name, std::function<CacheStatus()> read, std::function<void()> clear);
  ~CacheEntry();
  CacheEntry(const CacheEntry&) = delete;
  CacheEntry& operator=(const CacheEntry&) = delete;

 private:
  const std::string name_;
};

struct NamedCache {
  std::string name;
  CacheStatus status;
};
// In the order of names.
std::vector<NamedCache> caches();

// Empties those of this name and below it ("directory.sql" means "directory.sql.positive" too); all for an
// empty name. Their names; none when there is none such.
std::vector<std::string> clear_caches(std::string_view name);

}  // namespace gannet::observe
