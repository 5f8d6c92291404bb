// A migration as it is remembered, so that it survives the end of the process at any moment.
//
//   | phase       | in force | tracked | what goes on                                   | after a crash           |
//   |-------------|----------|---------|------------------------------------------------|-------------------------|
//   | planned     | source   | source  | the target is emptied, the source counted      | once more               |
//   | copying     | source   | source  | page after page, then what changed meanwhile   | from `position`         |
//   | verifying   | source   | source  | both are read and compared, page after page    | from `position`         |
//   | equal       | source   | source  | what changes follows within moments            | goes on                 |
//   | cut over    | target   | target  | what changes goes back to the source           | goes on                 |
//   | rolling back| source   | nothing | what only the target has yet is fetched        | goes on                 |
//   | confirmed   | target   | nothing | the source is left as it was: it may be erased | done                    |
//   | rolled back | source   | nothing | the target is worth nothing                    | done                    |
//
// "Tracked": each commit to that store also lists the keys that it touches (changed_keys.h). The record of the
// source decides; the one commit that changes its phase to "cut over" or to "rolled back" is the moment at which
// the other store comes into force. The target's own record says what it is to whoever finds it alone.
// Data never is "rolling back": only a role whose items are written apart from the commit that lists them can have
// something listed after that moment (role_migration.h), and there the commit changes the phase to that one.
//
// Keys in Subspace::kSetting, of which none is ever copied:
//
//   's' 'm' 's'      the record, in the source
//   's' 'm' 't'      the record, in the target, until it is confirmed
//   's' 'm' 'f'      fence: a random token that each copied batch requires, so that one that is late (its process
//                    died, its connection broke) comes to nothing
//   's' 'm' 'd' ...  changed keys
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "store/data_store.h"
#include "store/stores.h"

namespace gannet::store::migration {

enum class Phase : std::uint8_t {
  kPlanned = 1,
  kCopying,
  kVerifying,
  kEqual,
  kCutOver,
  kConfirmed,
  kRolledBack,
  kRollingBack
};
// "copying", as users see it.
std::string_view phase_name(Phase phase);

// What the operator has asked for since.
enum class Wish : std::uint8_t { kNone, kCutOver, kRollBack, kConfirm };

struct Record {
  Role role = Role::kData;  // not stored: told by where the record lies
  std::string id;           // random: tells this migration from another one between the same stores
  std::string from, to;     // ids of stores
  Phase phase = Phase::kPlanned;
  Wish wish = Wish::kNone;
  bool hold = false;                  // wait for the operator before the cut-over
  std::uint64_t rate = 0;             // bytes a second; 0 for as fast as it goes
  std::uint64_t revision = 0;         // grows with every change, so that no two records are the same
  std::string position;               // the first key that the phase has not reached
  std::uint64_t total = 0;            // keys of the source when it was counted
  std::uint64_t keys = 0, bytes = 0;  // copied by the pass over the source
  std::uint64_t verified = 0;         // keys compared
  std::uint64_t repaired = 0;         // of these, copied again
  WallTime begun{}, changed{};        // at all; into this phase

  bool under_way() const { return phase != Phase::kConfirmed && phase != Phase::kRolledBack; }
  bool target_in_force() const { return phase == Phase::kCutOver || phase == Phase::kConfirmed; }
};

std::string encode(const Record& record);
// kCorrupt.
Result<Record> decode(std::string_view stored);

std::string source_key();
std::string target_key();
std::string fence_key();
std::string changes_prefix();
// Every key that begins with it belongs to a migration itself.
std::string own_prefix();

Result<std::optional<Record>> read_record(Reader& store, const std::string& key);

}  // namespace gannet::store::migration
