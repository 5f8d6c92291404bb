// Which locks a commit holds until its end, so that no other one comes between its preconditions and its writes.
//
// Row locks do not do for that: a key that must be absent has no row. So every commit, of every Gannet on the
// database, takes advisory locks for what it reads and writes, in three levels:
//
//   | level    | a lock for                                      | taken exclusively by                        |
//   |----------|-------------------------------------------------|---------------------------------------------|
//   | subspace | the first byte of a key                         | a range that reaches beyond one group       |
//   | group    | the first five bytes: a subspace and an account | a range within it; a batch of many its keys |
//   | key      | a key (by its hash)                             | a write; shared by a precondition alone     |
//
// Whoever uses a level shares those above it. Locks are taken in the order of their numbers, each once and in its
// final mode, so that commits never deadlock. docs/decisions has what else was measured.
#pragma once

#include <cstdint>
#include <map>

#include "store/batch_effects.h"

namespace gannet::store::postgresql {

// Held while tables are created.
inline constexpr std::int64_t kSchemaLock = 0x67'61'6e'6e'65'74'00'00;  // "gannet"

// Lock number to whether it is shared.
using Locks = std::map<std::int64_t, bool>;

Locks locks_of(const BatchEffects& effects);

}  // namespace gannet::store::postgresql
