#include "store/foundationdb/staging.h"

#include <algorithm>
#include <vector>

#include "base/bytes.h"
#include "store/foundationdb/reader.h"

namespace gannet::store::fdb {
namespace {

constexpr std::size_t kPiecesAtOnce = 40;  // 3.6 MB a transaction
constexpr std::size_t kPerKey = 100;       // what a mutation costs beside its key, twice, and its value

// What the batch costs in one transaction, its values aside.
std::size_t fixed_cost(const BatchEffects& effects, std::size_t prefix) {
  std::size_t cost = 0;
  for (const auto& [key, effect] : effects.keys) cost += 4 * (key.size() + prefix) + kPerKey;
  for (const auto& [begin, end] : effects.cleared) cost += 4 * (begin.size() + end.size() + prefix) + kPerKey;
  for (const auto& [key, value] : effects.required) cost += 2 * (key.size() + prefix) + kPerKey;
  return cost;
}

}  // namespace

Answer<> Staging::stage(const BatchEffects& effects) {
  std::vector<std::pair<std::string_view, std::string_view>> values;  // largest first
  std::size_t cost = fixed_cost(effects, layout_.prefix().size());
  for (const auto& [key, effect] : effects.keys)
    if (const auto* set = std::get_if<BatchEffects::Set>(&effect)) {
      values.emplace_back(key, set->value);
      cost += set->value.size();
    }
  std::ranges::sort(values, std::ranges::greater{}, [](const auto& value) { return value.second.size(); });
  for (const auto& [key, content] : values) {
    if (content.size() <= kPieceBytes && cost <= kTransactionBytes) break;
    if (content.size() < kPerKey) break;
    FDB_TRY(write(key, staged_[key] = {.content = content, .pointer = {}}));
    cost -= content.size();
  }
  if (cost > kTransactionBytes) return std::unexpected(kTransactionTooLarge);
  return {};
}

Answer<> Staging::stage_again() {
  for (auto& [key, value] : staged_) FDB_TRY(write(key, value));
  return {};
}

const Pointer* Staging::find(std::string_view key) const {
  const auto found = staged_.find(key);
  return found == staged_.end() ? nullptr : &found->second.pointer;
}

Answer<> Staging::write(std::string_view key, Value& value) {
  value.pointer = {.generation = random_.bytes(kGenerationBytes), .size = value.content.size()};
  const std::uint32_t pieces = value.pointer.pieces();
  for (std::uint32_t from = 0; from < pieces; from += kPiecesAtOnce) {
    const std::uint32_t to = std::min<std::uint32_t>(pieces, from + kPiecesAtOnce);
    // Blind writes of keys that are nobody else's: applying them twice does no harm.
    FDB_TRY(with_retries(database_, [&](Transaction& transaction) -> Answer<> {
      // With every piece, so that the sweep finds those that come after it.
      transaction.set(layout_.staging(value.pointer.generation),
                      encode_staging({.key = std::string(key), .begun = clock_.now()}));
      for (std::uint32_t n = from; n < to; ++n)
        transaction.set(layout_.piece(key, value.pointer.generation, n),
                        value.content.substr(std::size_t{n} * kPieceBytes, kPieceBytes));
      return transaction.commit().done();
    }));
  }
  return {};
}

Answer<bool> Staging::intact(const Transaction& transaction) const {
  std::vector<Future> firsts;
  firsts.reserve(staged_.size());
  for (const auto& [key, value] : staged_)
    firsts.push_back(transaction.get(layout_.piece(key, value.pointer.generation, 0), true));
  bool all = true;
  for (const auto& first : firsts) all = FDB_TRY(first.value()).has_value() && all;
  return all;
}

void Staging::adopt(const Transaction& transaction) const {
  for (const auto& [key, value] : staged_) transaction.clear(layout_.staging(value.pointer.generation));
}

void Staging::discard() {
  if (staged_.empty()) return;
  // What this cannot remove, the sweep will.
  (void)with_retries(database_, [&](Transaction& transaction) -> Answer<> {
    for (const auto& [key, value] : staged_) {
      const std::string pieces = layout_.pieces(key, value.pointer.generation);
      transaction.clear_range(pieces, prefix_end(pieces));
      transaction.clear(layout_.staging(value.pointer.generation));
    }
    return transaction.commit().done();
  });
  staged_.clear();
}

Answer<std::size_t> sweep_staging(Database& database, const Layout& layout, WallTime before) {
  PhysicalRange all{.begin = layout.all_staging(), .end = prefix_end(layout.all_staging()), .limit = 1000};
  std::size_t swept = 0;
  for (;;) {
    const auto found = FDB_TRY(
        with_retries(database, [&](Transaction& transaction) { return transaction.get_range(all).range(); }));
    for (const auto& item : found.items) {
      const auto record = decode_staging(item.value);
      if (!record || record->begun >= before) continue;
      const std::string generation(layout.generation_of(item.key));
      FDB_TRY(with_retries(database, [&](Transaction& transaction) -> Answer<> {
        // Depends on the value: the commit that makes it point here would meet a conflict, or this would.
        auto stored = FDB_TRY(transaction.get(layout.value(record->key), true).value());
        const auto decoded = stored ? decode_stored(*std::move(stored)) : std::nullopt;
        const bool used = decoded && decoded->pointer && decoded->pointer->generation == generation;
        const std::string pieces = layout.pieces(record->key, generation);
        if (!used) transaction.clear_range(pieces, prefix_end(pieces));
        transaction.clear(item.key);
        return transaction.commit().done();
      }));
      ++swept;
    }
    if (!found.more || found.items.empty()) return swept;
    all.begin = found.items.back().key + '\0';
  }
}

}  // namespace gannet::store::fdb
