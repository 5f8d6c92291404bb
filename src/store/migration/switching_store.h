// The two stores of a role while it is moved, and the writes to them.
#pragma once

#include <memory>
#include <mutex>

#include "store/migration/write_gate.h"

namespace gannet::store::migration {

// How long a write waits while writes are paused, before it is answered kUnavailable ("try again").
inline constexpr Duration kWriteWait{30'000};

template <typename Store>
struct Sides {
  std::shared_ptr<Store> current;
  std::shared_ptr<Store> other;  // null when nothing is moved, or while it cannot be opened
};

// Any thread for sides() and gate().enter(); the rest for one thread, that of the migration.
template <typename Store>
class SwitchingSides {
 public:
  SwitchingSides(std::shared_ptr<Store> current, Clock& clock)
      : gate_(kWriteWait, clock), sides_{.current = std::move(current), .other = nullptr} {}

  Sides<Store> sides() const {
    const std::scoped_lock lock(mutex_);
    return sides_;
  }
  WriteGate& gate() { return gate_; }
  void set_other(std::shared_ptr<Store> other) {
    const std::scoped_lock lock(mutex_);
    sides_.other = std::move(other);
  }
  // The same store, seen in another way.
  void set_current(std::shared_ptr<Store> current) {
    const std::scoped_lock lock(mutex_);
    sides_.current = std::move(current);
  }
  // While paused.
  void exchange() {
    const std::scoped_lock lock(mutex_);
    std::swap(sides_.current, sides_.other);
  }

 private:
  WriteGate gate_;
  mutable std::mutex mutex_;
  Sides<Store> sides_;
};

}  // namespace gannet::store::migration
