// Large values, written before the commit that points to them: see the table of states in layout.h.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "store/batch_effects.h"
#include "store/foundationdb/layout.h"
#include "store/foundationdb/transaction.h"

namespace gannet::store::fdb {

// The values of one batch that do not fit into its transaction. `database`, `layout` and the batch must
// outlive it.
class Staging {
 public:
  Staging(Database& database, const Layout& layout, Clock& clock, Random& random)
      : database_(database), layout_(layout), clock_(clock), random_(random) {}

  // Writes what `effects` has above kPieceBytes, and smaller values too where there are too many for one
  // transaction. kTransactionTooLarge, before anything is written, if it does not fit even so: too many keys.
  Answer<> stage(const BatchEffects& effects);
  // All again, under new generations: another writer has cleared them.
  Answer<> stage_again();
  // Where the value of `key` was staged; nothing if it was not.
  const Pointer* find(std::string_view key) const;
  // Removes what was staged: the batch was not committed. Never after a commit whose end is unknown.
  void discard();

  // Within the commit: whether the pieces are all there still, which the commit then depends on.
  Answer<bool> intact(const Transaction& transaction) const;
  // Within the commit: they are in use from now on.
  void adopt(const Transaction& transaction) const;

 private:
  struct Value {
    std::string_view content;
    Pointer pointer;
  };
  // Piece `number` of the value of `key`.
  struct Piece {
    std::string_view key;
    const Value* value;
    std::uint32_t number;
  };
  Answer<> write(std::span<const Piece> pieces);

  Database& database_;
  const Layout& layout_;
  Clock& clock_;
  Random& random_;
  std::map<std::string_view, Value> staged_;
};

// Removes pieces that were staged before `before` and that no commit took: their writer died. How many values.
Answer<std::size_t> sweep_staging(Database& database, const Layout& layout, WallTime before);

}  // namespace gannet::store::fdb
