#include "base/clock.h"

#include <thread>

namespace gannet {

WallTime SystemClock::now() const {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}
SteadyTime SystemClock::steady() const {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now());
}
void SystemClock::sleep(Duration duration) {
  std::this_thread::sleep_for(duration);
}

WallTime ManualClock::now() const {
  std::lock_guard lock(mutex_);
  return now_;
}
SteadyTime ManualClock::steady() const {
  return SteadyTime(now().time_since_epoch());
}
void ManualClock::advance(Duration by) {
  std::lock_guard lock(mutex_);
  now_ += by;
}

}  // namespace gannet
