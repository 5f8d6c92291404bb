// What an operation counts against the limit of a transaction, reckoned as FoundationDB's client does: the bytes of
// each mutation, those of the ranges in which it can conflict with others (each names its keys again), and both's structures.
#pragma once

#include <cstddef>
#include <string_view>

#include "store/batch_effects.h"
#include "store/foundationdb/layout.h"

namespace gannet::store::fdb {

// Of FoundationDB's 10,000,000: room for what a commit adds of its own.
inline constexpr std::size_t kTransactionBytes = 9'900'000;

// Upper bounds, in bytes.
class Cost {
 public:
  explicit Cost(const Layout& layout) : layout_(layout) {}

  // All but the values that are set.
  std::size_t without_values(const BatchEffects& effects) const;
  // Setting a value of `bytes` in place, or to what was staged.
  std::size_t value(std::string_view key, std::size_t bytes) const;
  std::size_t staged(std::string_view key) const;

 private:
  const Layout& layout_;
};

}  // namespace gannet::store::fdb
