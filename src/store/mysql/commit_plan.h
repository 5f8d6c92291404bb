// A batch as statements: what is sent to the server for one commit.
//
//   START TRANSACTION;
//   SELECT ~0+(COUNT(*)<>n) FROM t WHERE (k='..' AND v='..') OR ... FOR UPDATE;   required values
//   INSERT INTO t (k,v) VALUES ...;                                               required absences
//   DELETE ...; INSERT ... ON DUPLICATE KEY UPDATE ...;                           what the batch does
//   COMMIT
//
// All in one call where it is not too large, so no lock waits for a round trip. The server itself stops at a
// precondition that fails: ~0+1 is out of range, and a key that is there cannot be inserted
// (SqlError::precondition()).
//
//   | required           | how it is checked and held until the commit                                       |
//   |--------------------|-----------------------------------------------------------------------------------|
//   | key has a value    | a locking read of the row. A large value is compared by its SHA-256.              |
//   | key is absent      | a plain INSERT of the row. Where the batch sets the key that is the row itself;   |
//   |                    | else it is deleted at once again. A lock of the gap would be shared by two        |
//   |                    | transactions, and be a deadlock as soon as both insert.                           |
//
// READ COMMITTED locks rows and no gaps. Only a batch that clears ranges is REPEATABLE READ: its gaps must stay as
// they are until it commits, or a batch committed meanwhile would be half cleared.
// Keys are taken in order within each group of statements; a deadlock is left to the server to find.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "store/batch_effects.h"

namespace gannet::store::mysql {

struct Step {
  std::string statements;  // joined by `;`
  // `statements` is one to be prepared, with `key` and `value` (views into the batch) for its two `?`.
  bool prepared = false;
  std::string_view key{}, value{};
};

struct CommitPlan {
  std::vector<Step> steps;  // the last one commits
  // False: one statement, which is a transaction by itself.
  bool transaction = true;
};

// A step's statements have at most `max_statements` bytes, which must be 4 MB - 64 KB or more. The batch of `effects`
// must outlive the plan.
CommitPlan plan_commit(const BatchEffects& effects, std::size_t max_statements);

}  // namespace gannet::store::mysql
