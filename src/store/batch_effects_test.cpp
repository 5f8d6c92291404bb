#include "store/batch_effects.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "tests/contract/model.h"

namespace gannet::store {
namespace {

// Applied as a backend would apply them: ranges, then keys.
void carry_out(const BatchEffects& effects, std::map<std::string, std::string>& map) {
  for (const auto& [begin, end] : effects.cleared)
    map.erase(map.lower_bound(std::string(begin)), map.lower_bound(std::string(end)));
  for (const auto& [name, effect] : effects.keys) {
    const std::string key(name);
    if (std::holds_alternative<BatchEffects::Clear>(effect))
      map.erase(key);
    else if (const auto* add = std::get_if<BatchEffects::Add>(&effect))
      map[key] = encode_counter(decode_counter(map[key]) + add->delta);
    else if (const auto* set = std::get_if<BatchEffects::Set>(&effect))
      map[key] = set->value;
    else
      map[key] = encode_counter(std::get<BatchEffects::SetCounter>(effect).value);
  }
}

TEST(BatchEffects, ComeToWhatTheOperationsDoInTheirOrder) {
  SeededRandom random(42);
  contract::Model model;
  std::map<std::string, std::string> map;
  auto key = [&] { return "a" + std::to_string(random.below(12)); };
  for (int round = 0; round < 3000; ++round) {
    WriteBatch batch;
    for (auto n = random.below(8); n > 0; --n) {
      switch (random.below(6)) {
        case 0:
          batch.clear(key());
          break;
        case 1: {
          std::string begin = key(), end = key();
          if (end < begin) std::swap(begin, end);
          batch.clear_range(begin, end);
          break;
        }
        case 2:
        case 3:
          batch.add(key(), static_cast<std::int64_t>(random.below(100)) - 50);
          break;
        default:
          batch.set(key(), random.bytes(random.below(3)));
      }
    }
    carry_out(BatchEffects(batch), map);
    model.commit(batch);
    ASSERT_EQ(map, model.all()) << "round " << round;
  }
}

TEST(BatchEffects, TwoDemandsOnOneKeyThatCannotBothHold) {
  WriteBatch batch;
  batch.require_value("a1", "one");
  batch.require_value("a1", "one");
  EXPECT_FALSE(BatchEffects(batch).impossible);
  batch.require_absent("a1");
  EXPECT_TRUE(BatchEffects(batch).impossible);
}

}  // namespace
}  // namespace gannet::store
