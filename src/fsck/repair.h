// Repairs in the making: problems of things that change together, and the batch that mends them.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "fsck/run.h"
#include "store/write_batch.h"

namespace gannet::fsck {

// Changes in one batch at most; what is more waits for the next round.
inline constexpr std::size_t kFixesAtOnce = 2000;
inline constexpr int kMostRounds = 1000;
inline constexpr int kMostConflicts = 50;

struct Problem {
  Finding finding;
  std::function<void(store::WriteBatch&)> fix;  // null: cannot be repaired
};

// Whether a batch went in: false after a conflict.
inline Result<bool> commit(store::DataStore& data, store::WriteBatch batch) {
  auto committed = data.commit(std::move(batch));
  if (committed) return true;
  if (committed.error().is(store::StoreError::kConflict)) return false;
  return std::unexpected(std::move(committed).error());
}

// Tells the listener of one problem; repairs it first where that is asked for and possible. `fix` requires
// what it was made from, so a conflict means that the data moved on: then there was nothing to report.
inline Result<void> settle(const Context& context, Problem problem) {
  if (!problem.fix)
    problem.finding.fate = problem.finding.fate == Fate::kFound ? Fate::kLost : problem.finding.fate;
  if (problem.fix && context.options.repair) {
    store::WriteBatch batch;
    problem.fix(batch);
    if (!TRY(commit(*context.stores.data, std::move(batch)))) return {};
    problem.finding.fate = Fate::kRepaired;
  }
  context.listener.found(problem.finding);
  return {};
}

}  // namespace gannet::fsck
