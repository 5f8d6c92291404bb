// Time, handed in to whoever needs it, so that a test can move it.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

namespace gannet {

using Duration = std::chrono::milliseconds;
// Wall-clock time in UTC, for records and for clients.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;
// Monotonic time, for deadlines and durations.
using SteadyTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::milliseconds>;

inline std::int64_t to_unix_ms(WallTime t) {
  return t.time_since_epoch().count();
}
inline WallTime from_unix_ms(std::int64_t ms) {
  return WallTime(std::chrono::milliseconds(ms));
}

// Safe to call from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime now() const = 0;
  virtual SteadyTime steady() const = 0;
  // Blocks the calling thread; a test's clock moves itself instead.
  virtual void sleep(Duration duration) = 0;
};

class SystemClock final : public Clock {
 public:
  WallTime now() const override;
  SteadyTime steady() const override;
  void sleep(Duration duration) override;
};

// Stands still until a test moves it.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(WallTime start = from_unix_ms(1'700'000'000'000)) : now_(start) {}
  WallTime now() const override;
  SteadyTime steady() const override;
  void sleep(Duration duration) override { advance(duration); }
  void advance(Duration by);

 private:
  mutable std::mutex mutex_;
  WallTime now_;
};

}  // namespace gannet
