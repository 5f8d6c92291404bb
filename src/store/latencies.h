// How long calls took lately, for a few nanoseconds a call.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace gannet::store {

// Counts in buckets that are an eighth of a power of two wide, so a percentile is right to 12 %. Any thread.
class Latencies {
 public:
  using Time = std::chrono::steady_clock::time_point;
  // Of the last one to two windows, in milliseconds; all 0 if there was no call.
  struct Percentiles {
    double p50 = 0, p95 = 0, p99 = 0;
  };
  static constexpr std::chrono::minutes kWindow{5};

  // A call that took from `begin` to `end`.
  void add(Time begin, Time end);
  Percentiles percentiles(Time now) const;

 private:
  static constexpr std::size_t kBuckets = 8 * 40;
  // A window's counts. Those of the one before last are counted over; a call in that moment may be missed.
  struct Window {
    std::atomic<std::int64_t> number{-1};
    std::array<std::atomic<std::uint32_t>, kBuckets> counts{};
  };
  static std::int64_t window_of(Time time);
  std::array<Window, 2> windows_;
};

}  // namespace gannet::store
