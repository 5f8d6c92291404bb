#include "store/latencies.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace gannet::store {
namespace {

// In units of 64 ns, below what any call takes.
std::size_t bucket_of(std::chrono::nanoseconds taken, std::size_t buckets) {
  const std::uint64_t units = static_cast<std::uint64_t>(std::max<std::int64_t>(taken.count(), 0)) >> 6;
  if (units < 8) return units;
  const auto power = static_cast<std::size_t>(std::bit_width(units)) - 1;  // 3 or more
  const std::size_t eighth = (units >> (power - 3)) & 7;
  return std::min((power - 2) * 8 + eighth, buckets - 1);
}

// The upper end of a bucket, in milliseconds.
double end_of(std::size_t bucket) {
  const double units =
      bucket < 8 ? static_cast<double>(bucket + 1)
                 : std::ldexp(static_cast<double>(8 + bucket % 8 + 1), static_cast<int>(bucket / 8) - 1);
  return units * 64e-6;
}

}  // namespace

std::int64_t Latencies::window_of(Time time) {
  return time.time_since_epoch() / kWindow;
}

void Latencies::add(Time begin, Time end) {
  const std::int64_t number = window_of(end);
  Window& window = windows_[static_cast<std::size_t>(number & 1)];
  std::int64_t seen = window.number.load(std::memory_order_relaxed);
  if (seen < number && window.number.compare_exchange_strong(seen, number, std::memory_order_relaxed))
    for (auto& count : window.counts) count.store(0, std::memory_order_relaxed);
  window.counts[bucket_of(end - begin, kBuckets)].fetch_add(1, std::memory_order_relaxed);
}

Latencies::Percentiles Latencies::percentiles(Time now) const {
  std::array<std::uint64_t, kBuckets> counts{};
  std::uint64_t all = 0;
  for (const Window& window : windows_) {
    if (window.number.load(std::memory_order_relaxed) + 1 < window_of(now)) continue;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      const std::uint32_t count = window.counts[i].load(std::memory_order_relaxed);
      counts[i] += count, all += count;
    }
  }
  const auto at = [&](double share) {
    const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(all)));
    std::uint64_t passed = 0;
    for (std::size_t i = 0; i < kBuckets; ++i)
      if ((passed += counts[i]) >= rank) return end_of(i);
    return end_of(kBuckets - 1);
  };
  if (all == 0) return {};
  return {.p50 = at(0.5), .p95 = at(0.95), .p99 = at(0.99)};
}

}  // namespace gannet::store
