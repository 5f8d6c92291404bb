// One commit: its plan carried out, and again when other transactions were in the way.
//
// What comes of an attempt:
//
//   | the server says                           | then                                                               |
//   |-------------------------------------------|--------------------------------------------------------------------|
//   | done                                      | done                                                               |
//   | a precondition failed                     | rolled back; kConflict                                             |
//   | deadlock, or a lock was waited for in vain| rolled back, a short pause, again, until the time-out of an answer |
//   | nothing, before COMMIT was sent           | not applied; again if the connection had been idle                 |
//   | nothing, after COMMIT was sent            | kUnavailable: it may have been applied                             |
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "store/mysql/commit_plan.h"
#include "store/mysql/database.h"

namespace gannet::store::mysql {

// Any thread.
class Committer {
 public:
  explicit Committer(std::shared_ptr<Database> database) : database_(std::move(database)) {}

  // The batch has been validated and is not empty.
  Result<void> commit(const WriteBatch& batch);

  struct Statistics {
    std::atomic<std::uint64_t> commits{0}, conflicts{0};
  };
  const Statistics& statistics() const { return statistics_; }

 private:
  struct Failure {
    SqlError error;
    bool may_be_applied;
  };
  static std::expected<void, Failure> carry_out(const CommitPlan& plan, Connection& connection);
  Result<void> carry_out(const CommitPlan& plan);
  Result<void> conflict();

  const std::shared_ptr<Database> database_;
  Statistics statistics_;
};

}  // namespace gannet::store::mysql
