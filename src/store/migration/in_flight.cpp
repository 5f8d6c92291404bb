#include "store/migration/in_flight.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace gannet::store::migration {

Result<void> each_in_flight(std::size_t count, std::size_t most,
                            const std::function<Result<void>(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  std::atomic<bool> failed{false};
  std::mutex mutex;
  Result<void> first;
  const auto lane = [&] {
    while (!failed) {
      const std::size_t at = next++;
      if (at >= count) return;
      auto done = work(at);
      if (done) continue;
      const std::scoped_lock lock(mutex);
      if (!failed.exchange(true)) first = std::move(done);
    }
  };
  const std::size_t lanes = std::min(count, std::max<std::size_t>(most, 1));
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i < lanes; ++i) others.emplace_back(lane);
  lane();
  others.clear();
  return first;
}

}  // namespace gannet::store::migration
