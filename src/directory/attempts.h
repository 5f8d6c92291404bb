// Connections being made, each on a thread of its own: client libraries look up names and shake hands without
// minding anybody's deadline, or the end of the program. Whoever asked waits no longer than it wants to; an attempt
// that nobody waits for any more ends when its library lets it, and what it made is closed at once.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "directory/errors.h"

namespace gannet::directory {

// Any thread. May end while attempts go on.
class Attempts {
 public:
  // Beside those that are waited for, at most so many go on; further ones fail at once until one of them ends.
  explicit Attempts(std::size_t most_abandoned) : most_abandoned_(most_abandoned) {}
  ~Attempts() { stop(); }
  Attempts(const Attempts&) = delete;

  // What `make` returns, or kUnavailable when that takes longer than `limit`, or stop() comes first. `make` must own
  // whatever it uses: it may outlive everybody else.
  template <typename T>
  Result<T> run(std::function<Result<T>()> make, Duration limit) {
    auto made = std::make_shared<std::optional<Result<T>>>();
    const auto ticket = TRY(begin([make = std::move(make), made]() mutable {
      *made = make();
      made.reset();  // before what `make` owns: connections may live on it
    }));
    TRY(wait(*ticket, limit));
    return std::move(**made);
  }

  // Whoever waits is told at once, and whoever comes after.
  void stop();

 private:
  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    bool stopping = false;
    std::size_t abandoned = 0;
  };
  struct Ticket {
    bool done = false, abandoned = false;  // under Shared::mutex
  };
  Result<std::shared_ptr<Ticket>> begin(std::function<void()> work);
  Result<void> wait(Ticket& ticket, Duration limit);

  const std::size_t most_abandoned_;
  const std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

}  // namespace gannet::directory
