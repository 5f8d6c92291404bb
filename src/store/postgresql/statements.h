// Every SQL statement that reads or writes a subspace. All are prepared, once a connection.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/postgresql/values.h"
#include "store/subspace.h"

namespace gannet::store::postgresql {

struct Statement {
  std::string name;  // unique: what it is prepared as
  std::string sql;
  std::vector<Type> types;
};

enum class Action : std::uint8_t {
  kGet,       // ($1 key) -> value
  kGetMany,   // ($1 keys) -> (place from 1, value), those that are there
  kScan,      // ($1 begin, $2 end, $3 items, $4 bytes) -> (key, value, how many there are up to items + 1)
  kScanBack,  // the same, backwards
  kScanKeys,
  kScanKeysBack,
  kCheck,  // ($1 keys, $2 values or nulls): a row, and what follows does nothing, if one is not as given
  kDeleteRange,  // ($1 begins, $2 ends)
  kDelete,       // ($1 keys)
  kSet,          // ($1 keys, $2 values)
  kAdd,          // ($1 keys, $2 deltas as counters)
};
inline constexpr std::size_t kActions = 11;

// "gannet_account".
std::string table_of(const SubspaceInfo& subspace);
// `first_byte` must be a known subspace's.
const Statement& statement(char first_byte, Action action);

// ($1 ids, $2 whether shared): advisory locks until the transaction's end, in the order of the ids.
const Statement& lock_statement();
// Lets this transaction's commit return before it is on stable storage.
const Statement& relax_statement();
// -> where the log ends now, as an int8.
const Statement& log_end_statement();
// -> how far a replica has replayed its primary's log; where the log ends on a primary.
const Statement& replayed_statement();

}  // namespace gannet::store::postgresql
