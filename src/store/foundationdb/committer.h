// Applies one batch in one transaction, once.
//
// FoundationDB may answer a commit with commit_unknown_result: it was applied, or it was not and never will
// be. So each commit also writes a key of its own ('i' in layout.h); an attempt that follows such an answer
// looks for it first, and is done if it is there. After cluster_version_changed the first attempt may even be applied
// later: every attempt also depends on that key, so that whichever comes second meets a conflict. These keys are
// cleared after an hour: the clocks of all servers have to agree within that.
#pragma once

#include <atomic>

#include "base/clock.h"
#include "base/random.h"
#include "store/foundationdb/layout.h"
#include "store/foundationdb/staging.h"
#include "store/foundationdb/transaction.h"
#include "store/write_batch.h"

namespace gannet::store::fdb {

class Committer {
 public:
  Committer(Database& database, const Layout& layout, Clock& clock, Random& random)
      : database_(database), layout_(layout), clock_(clock), random_(random) {}

  // kConflict, kTooLarge, kCorrupt, kUnavailable. Any thread.
  Result<void> commit(const WriteBatch& batch);
  // Attempts that met a conflict or an unknown end and were made again.
  std::uint64_t retries() const { return retries_; }

 private:
  enum class Outcome { kApplied, kConflict, kPiecesGone };
  Answer<Outcome> attempt(const Transaction& transaction, const BatchEffects& effects, const Staging& staging,
                          const std::string& applied_key, bool may_be_applied);
  Answer<Outcome> run(const BatchEffects& effects, Staging& staging, bool& unknown);
  Answer<bool> holds(const Transaction& transaction, const BatchEffects& effects) const;
  void write(const Transaction& transaction, const BatchEffects& effects, const Staging& staging) const;
  void write_value(const Transaction& transaction, std::string_view key, std::string_view value,
                   const Pointer* staged) const;
  void forget_old_commits(const Transaction& transaction);

  Database& database_;
  const Layout& layout_;
  Clock& clock_;
  Random& random_;
  std::atomic<std::int64_t> forgotten_minute_{0};
  std::atomic<std::uint64_t> retries_{0};
};

}  // namespace gannet::store::fdb
