#include "store/foundationdb/staging.h"

#include <algorithm>
#include <vector>

#include "base/bytes.h"
#include "store/foundationdb/cost.h"
#include "store/foundationdb/reader.h"

namespace gannet::store::fdb {
namespace {

// A transaction of staging holds so many bytes of pieces: few enough for the five seconds of a slow cluster.
constexpr std::size_t kStagedAtOnce = 3'600'000;
constexpr std::size_t kPieceCost = 1'000;  // of each, beside its bytes
constexpr std::size_t kWorthIt = 500;      // bytes of the commit that staging a value has to save

}  // namespace

Answer<> Staging::stage(const BatchEffects& effects) {
  const Cost costs(layout_);
  std::vector<std::pair<std::string_view, std::string_view>> values;  // largest first
  std::size_t cost = costs.without_values(effects);
  for (const auto& [key, effect] : effects.keys)
    if (const auto* set = std::get_if<BatchEffects::Set>(&effect)) {
      values.emplace_back(key, set->value);
      cost += costs.value(key, set->value.size());
    }
  std::ranges::sort(values, std::ranges::greater{}, [](const auto& value) { return value.second.size(); });
  for (const auto& [key, content] : values) {
    const std::size_t in_place = costs.value(key, content.size()), staged = costs.staged(key);
    if (content.size() <= kPieceBytes && (cost <= kTransactionBytes || in_place < staged + kWorthIt)) break;
    staged_[key] = {.content = content, .pointer = {}};
    cost = cost - in_place + staged;
  }
  if (cost > kTransactionBytes) {
    staged_.clear();
    return std::unexpected(kTransactionTooLarge);
  }
  return stage_again();
}

Answer<> Staging::stage_again() {
  std::vector<Piece> pieces;
  std::size_t bytes = 0;
  for (auto& [key, value] : staged_) {
    value.pointer = {.generation = random_.bytes(kGenerationBytes), .size = value.content.size()};
    for (std::uint32_t n = 0; n < value.pointer.pieces(); ++n) {
      const std::size_t size =
          std::min(kPieceBytes, value.content.size() - std::size_t{n} * kPieceBytes) + kPieceCost;
      if (bytes + size > kStagedAtOnce) {
        FDB_TRY(write(pieces));
        pieces.clear();
        bytes = 0;
      }
      pieces.push_back({key, &value, n});
      bytes += size;
    }
  }
  if (pieces.empty()) return {};
  return write(pieces);
}

const Pointer* Staging::find(std::string_view key) const {
  const auto found = staged_.find(key);
  return found == staged_.end() ? nullptr : &found->second.pointer;
}

Answer<> Staging::write(std::span<const Piece> pieces) {
  // Blind writes of keys that are nobody else's: applying them twice does no harm.
  return with_retries(database_, [&](Transaction& transaction) -> Answer<> {
    const Value* last = nullptr;
    for (const auto& [key, value, number] : pieces) {
      // With every transaction, so that the sweep finds what comes after it.
      if (value != last)
        transaction.set(layout_.staging(value->pointer.generation),
                        encode_staging({.key = std::string(key), .begun = clock_.now()}));
      last = value;
      transaction.set(layout_.piece(key, value->pointer.generation, number),
                      value->content.substr(std::size_t{number} * kPieceBytes, kPieceBytes));
    }
    return transaction.commit().done();
  });
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
