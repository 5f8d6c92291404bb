#include "store/foundationdb/cost.h"

namespace gannet::store::fdb {
namespace {

// The client's structures, which differ from release to release: 40 to 56 bytes for a mutation, 32 for a range.
constexpr std::size_t kMutation = 64, kRange = 32;
constexpr std::size_t kEncoding = 40;  // what a value grows by, or a pointer takes, at most
constexpr std::size_t kOwn = 1'000;    // the commit's own key, and those that are forgotten

// A set or an addition: the mutation, and the range [key, key + a zero byte).
std::size_t set(std::size_t key, std::size_t value) {
  return kMutation + kRange + 3 * key + 1 + value;
}
// Its bounds are in the mutation and in the range.
std::size_t clear_range(std::size_t begin, std::size_t end) {
  return kMutation + kRange + 2 * (begin + end);
}
std::size_t clear(std::size_t key) {
  return clear_range(key, key + 1);
}
std::size_t read(std::size_t key) {
  return kRange + 2 * key + 1;
}

}  // namespace

// As Committer::write() has it.
std::size_t Cost::without_values(const BatchEffects& effects) const {
  std::size_t cost = kOwn;
  for (const auto& [begin, end] : effects.cleared)
    cost += clear_range(layout_.value(begin).size(), layout_.value(end).size()) +
            clear_range(layout_.pieces(begin).size(), layout_.pieces(end).size());
  for (const auto& [key, effect] : effects.keys) {
    if (std::holds_alternative<BatchEffects::Set>(effect)) continue;
    const std::size_t stored = layout_.value(key).size(), pieces = layout_.pieces(key).size();
    if (std::holds_alternative<BatchEffects::Add>(effect))
      cost += set(stored, 8);
    else if (std::holds_alternative<BatchEffects::SetCounter>(effect))
      cost += value(key, 8);
    else
      cost += clear(stored) + clear_range(pieces, pieces);
  }
  for (const auto& [key, wanted] : effects.required) cost += read(layout_.value(key).size());
  return cost;
}

std::size_t Cost::value(std::string_view key, std::size_t bytes) const {
  const std::size_t pieces = layout_.pieces(key).size();
  return set(layout_.value(key).size(), bytes + kEncoding) + clear_range(pieces, pieces);
}

std::size_t Cost::staged(std::string_view key) const {
  const std::size_t all = layout_.pieces(key).size(), mine = all + kGenerationBytes;
  return set(layout_.value(key).size(), kEncoding) + 2 * clear_range(all, mine) + read(mine + 4) +
         clear(layout_.all_staging().size() + kGenerationBytes);
}

}  // namespace gannet::store::fdb
