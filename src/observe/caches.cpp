#include "observe/caches.h"

#include <map>
#include <memory>
#include <mutex>

#include "observe/metrics.h"

namespace gannet::observe {
namespace {

struct Known {
  const CacheEntry* entry;
  std::function<CacheStatus()> read;
  std::function<void()> clear;
};

// The gauges of one name.
struct Metrics {
  explicit Metrics(const std::string& name);
  CounterCallback hits, misses, evictions;
  GaugeCallback entries, bytes;
};

// Locks are taken in this order: a reader of metrics holds theirs when it comes to `members`; so the metrics of
// a name are made and ended under `names` alone.
struct Registry {
  std::mutex names;
  std::map<std::string, std::unique_ptr<Metrics>> metrics;
  std::mutex members;
  std::multimap<std::string, Known> known;
};

// Never destroyed: caches may live in static objects.
Registry& registry() {
  static Registry& made = *new Registry;
  return made;
}

CacheStatus sum_of(const std::string& name) {
  Registry& r = registry();
  CacheStatus sum;
  const std::lock_guard lock(r.members);
  for (auto [at, end] = r.known.equal_range(name); at != end; ++at) {
    const CacheStatus one = at->second.read();
    sum.hits += one.hits, sum.misses += one.misses, sum.evictions += one.evictions;
    sum.entries += one.entries, sum.bytes += one.bytes;
    sum.max_entries += one.max_entries, sum.max_bytes += one.max_bytes;
  }
  return sum;
}

std::function<double()> reader(const std::string& name, std::uint64_t CacheStatus::* field) {
  return [name, field] { return static_cast<double>(sum_of(name).*field); };
}

Metrics::Metrics(const std::string& name)
    : hits("gannet_cache_hits_total", "Questions that a cache answered", {{"cache", name}},
           reader(name, &CacheStatus::hits)),
      misses("gannet_cache_misses_total", "Questions that a cache could not answer", {{"cache", name}},
             reader(name, &CacheStatus::misses)),
      evictions("gannet_cache_evictions_total", "Entries dropped for room or age", {{"cache", name}},
                reader(name, &CacheStatus::evictions)),
      entries("gannet_cache_entries", "Entries in a cache", {{"cache", name}},
              reader(name, &CacheStatus::entries)),
      bytes("gannet_cache_bytes", "What the entries of a cache weigh", {{"cache", name}},
            reader(name, &CacheStatus::bytes)) {}

bool is_named(std::string_view name, std::string_view asked) {
  return asked.empty() || name == asked ||
         (name.size() > asked.size() && name.starts_with(asked) && name[asked.size()] == '.');
}

}  // namespace

CacheEntry::CacheEntry(std::string name, std::function<CacheStatus()> read, std::function<void()> clear)
    : name_(std::move(name)) {
  Registry& r = registry();
  const std::lock_guard names(r.names);
  {
    const std::lock_guard lock(r.members);
    r.known.emplace(name_, Known{this, std::move(read), std::move(clear)});
  }
  auto& metrics = r.metrics[name_];
  if (!metrics) metrics = std::make_unique<Metrics>(name_);
}

CacheEntry::~CacheEntry() {
  Registry& r = registry();
  const std::lock_guard names(r.names);
  bool last = false;
  {
    const std::lock_guard lock(r.members);
    for (auto [at, end] = r.known.equal_range(name_); at != end; ++at)
      if (at->second.entry == this) {
        r.known.erase(at);
        break;
      }
    last = !r.known.contains(name_);
  }
  if (last) r.metrics.erase(name_);
}

std::vector<NamedCache> caches() {
  std::vector<NamedCache> out;
  Registry& r = registry();
  {
    const std::lock_guard lock(r.members);
    for (auto at = r.known.begin(); at != r.known.end(); at = r.known.upper_bound(at->first))
      out.push_back({at->first, {}});
  }
  for (auto& cache : out) cache.status = sum_of(cache.name);
  return out;
}

std::vector<std::string> clear_caches(std::string_view name) {
  std::vector<std::string> out;
  Registry& r = registry();
  const std::lock_guard lock(r.members);
  for (const auto& [known, cache] : r.known) {
    if (!is_named(known, name)) continue;
    cache.clear();
    if (out.empty() || out.back() != known) out.push_back(known);
  }
  return out;
}

}  // namespace gannet::observe
