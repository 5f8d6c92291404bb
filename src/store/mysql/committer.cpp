#include "store/mysql/committer.h"

#include <algorithm>
#include <thread>

#include "base/random.h"

namespace gannet::store::mysql {
namespace {

// Twice as long each time, and half of it at random, so that those who met do not meet again.
void pause(int tries) {
  const std::uint64_t most = 500ULL << std::min(tries, 7);  // up to 64 ms
  std::this_thread::sleep_for(std::chrono::microseconds(most / 2 + SystemRandom().below(most / 2)));
}

}  // namespace

Result<void> Committer::commit(const WriteBatch& batch) {
  const auto begin = std::chrono::steady_clock::now();
  const BatchEffects effects(batch);
  auto result =
      effects.impossible ? conflict() : carry_out(plan_commit(effects, database_->limits().max_statements));
  database_->metrics().commit_seconds.observe(
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  if (result) statistics_.commits.fetch_add(1, std::memory_order_relaxed);
  return result;
}

Result<void> Committer::conflict() {
  statistics_.conflicts.fetch_add(1, std::memory_order_relaxed);
  database_->metrics().conflicts.add();
  return fail(StoreError::kConflict, "another change came first", Retry::kCanHelp);
}

std::expected<void, Committer::Failure> Committer::carry_out(const CommitPlan& plan, Connection& connection) {
  for (const Step& step : plan.steps) {
    const auto done = step.prepared ? connection.run_prepared(step.statements, step.key, step.value)
                                    : connection.run(step.statements);
    if (done) continue;
    const bool last = &step == &plan.steps.back();
    return std::unexpected(Failure{done.error(), last && done.error().sent && done.error().lost()});
  }
  return {};
}

Result<void> Committer::carry_out(const CommitPlan& plan) {
  const auto begin = std::chrono::steady_clock::now();
  for (int tries = 0;; ++tries) {
    auto lease = TRY(database_->take());
    const auto attempt = std::chrono::steady_clock::now();
    const auto done = carry_out(plan, *lease);
    if (done) {
      database_->committed();
      return {};
    }
    const SqlError& error = done.error().error;
    const bool another = database_->gave(lease, error, since(attempt));
    if (error.lost()) {
      if (another && !done.error().may_be_applied) continue;
      return fail_with(error, done.error().may_be_applied ? "commit (it may have been applied)" : "commit");
    }
    if (plan.transaction && !lease->run("ROLLBACK")) lease.discard();
    if (error.precondition()) return conflict();
    if (!error.transient() || since(begin) >= database_->options().timeout) return fail_with(error, "commit");
    database_->metrics().retries.add();
    // Without the connection: others can use it.
    {
      const auto given_back = std::move(lease);
    }
    pause(tries);
  }
}

}  // namespace gannet::store::mysql
