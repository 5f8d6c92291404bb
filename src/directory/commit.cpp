#include "directory/commit.h"

#include <algorithm>

#include "directory/internal_view.h"

namespace gannet::directory {
namespace {
constexpr int kTries = 20;
constexpr std::uint64_t kLongestPauseMs = 100;
}  // namespace

Result<void> commit_with_retry(store::DataStore& data, Clock& clock, Random& random,
                               const std::function<Result<store::WriteBatch>()>& make) {
  for (int tries = 1;; ++tries) {
    store::WriteBatch batch = TRY(make());
    if (batch.empty()) return {};
    const auto committed = data.commit(std::move(batch));
    if (committed) return {};
    if (!committed.error().is(store::StoreError::kConflict) || tries == kTries)
      return unavailable(committed.error());
    const auto longest = std::min(std::uint64_t{1} << tries, kLongestPauseMs);
    clock.sleep(Duration(1 + static_cast<std::int64_t>(random.below(longest))));
  }
}

}  // namespace gannet::directory
