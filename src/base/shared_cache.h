// A cache for many threads: shards of LruCache, each under its own lock, with a time to live and counters.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/lru_cache.h"

namespace gannet {

// Any thread. `Value` is copied out, so it is a small one or a shared_ptr. What is gone from the cache may
// still be held by whoever got it.
template <typename Key, typename Value, typename Hash = std::hash<Key>, typename Equal = std::equal_to<>>
class SharedCache {
 public:
  struct Options {
    // Of all entries together; each of the shards holds its part of it, and keeps nothing heavier than that.
    std::size_t max_weight = 1024;
    // 0: entries do not age.
    Duration ttl{0};
    // Rounded up to a power of two, at most one a unit of weight.
    std::size_t shards = 32;
    // For so many entries there is room from the start.
    std::size_t capacity = 0;
  };
  struct Statistics {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;     // expired entries among them
    std::uint64_t evictions = 0;  // to make room, or expired
    std::size_t entries = 0;
    std::size_t weight = 0;
  };

  // `clock` must outlive it.
  SharedCache(const Options& options, const Clock& clock)
      : max_weight_(options.max_weight), ttl_(options.ttl), clock_(clock) {
    std::size_t shards = 1;
    while (shards < options.shards && shards * 2 <= options.max_weight) shards *= 2;
    for (std::size_t i = 0; i < shards; ++i)
      shards_.push_back(std::make_unique<Shard>(options.max_weight / shards));
    for (auto& shard : shards_) shard->entries.reserve(options.capacity / shards);
  }

  template <typename K>
  std::optional<Value> get(const K& key) {
    Shard& shard = shard_of(key);
    std::lock_guard lock(shard.mutex);
    return find(shard, key);
  }

  // The same without waiting: nothing, too, while another thread is in that shard.
  template <typename K>
  std::optional<Value> get_now(const K& key) {
    Shard& shard = shard_of(key);
    std::unique_lock lock(shard.mutex, std::try_to_lock);
    return lock ? find(shard, key) : std::nullopt;
  }

  // Replaces what was there. `ttl`: instead of the cache's own; 0 for ever.
  void put(Key key, Value value, std::size_t weight = 1, std::optional<Duration> ttl = std::nullopt) {
    const Duration lives = ttl.value_or(ttl_);
    const SteadyTime expires = lives.count() > 0 ? clock_.steady() + lives : SteadyTime::max();
    Shard& shard = shard_of(key);
    std::lock_guard lock(shard.mutex);
    shard.entries.erase(key);
    const std::size_t before = shard.entries.size();
    const bool kept = weight <= shard.max_weight;
    shard.entries.put(std::move(key), {std::move(value), expires}, weight);
    shard.evictions += before + (kept ? 1 : 0) - shard.entries.size();
  }

  template <typename K>
  bool erase(const K& key) {
    Shard& shard = shard_of(key);
    std::lock_guard lock(shard.mutex);
    return shard.entries.erase(key);
  }

  void clear() {
    for (auto& shard : shards_) {
      std::lock_guard lock(shard->mutex);
      shard->entries.clear();
    }
  }

  std::size_t max_weight() const { return max_weight_; }
  std::size_t shards() const { return shards_.size(); }

  Statistics statistics() const {
    Statistics sum;
    for (const auto& shard : shards_) {
      std::lock_guard lock(shard->mutex);
      sum.hits += shard->hits;
      sum.misses += shard->misses;
      sum.evictions += shard->evictions;
      sum.entries += shard->entries.size();
      sum.weight += shard->entries.weight();
    }
    return sum;
  }

 private:
  struct Entry {
    Value value;
    SteadyTime expires;
  };
  struct Shard {
    explicit Shard(std::size_t weight) : max_weight(weight), entries(weight) {}
    const std::size_t max_weight;
    mutable std::mutex mutex;
    LruCache<Key, Entry, Hash, Equal> entries;
    std::uint64_t hits = 0, misses = 0, evictions = 0;
  };

  template <typename K>
  std::optional<Value> find(Shard& shard, const K& key) {
    Entry* entry = shard.entries.get(key);
    if (entry != nullptr && entry->expires <= clock_.steady()) {
      shard.entries.erase(key);
      ++shard.evictions;
      entry = nullptr;
    }
    ++(entry ? shard.hits : shard.misses);
    return entry ? std::optional<Value>(entry->value) : std::nullopt;
  }

  template <typename K>
  Shard& shard_of(const K& key) {
    // std::hash of a number is the number: spread it, and take the bits that the maps do not use first.
    const std::uint64_t spread = static_cast<std::uint64_t>(Hash()(key)) * 0x9e3779b97f4a7c15;
    return *shards_[(spread >> 40) & (shards_.size() - 1)];
  }

  const std::size_t max_weight_;
  const Duration ttl_;
  const Clock& clock_;
  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace gannet
