// What a batch comes to, for backends that apply it by statements rather than in order: first the ranges are
// cleared, then each key is written at most once.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "store/write_batch.h"

namespace gannet::store {

// Views into the batch that it was made of, which must live as long.
struct BatchEffects {
  struct Clear {};
  // Added to what is there; `absent` stands for 0.
  struct Add {
    std::int64_t delta;
  };
  struct Set {
    std::string_view value;
  };
  // A counter that starts anew, since its key was cleared before within the batch: the value is `delta`.
  struct SetCounter {
    std::int64_t value;
  };
  using Effect = std::variant<Clear, Add, Set, SetCounter>;

  std::vector<std::pair<std::string_view, std::string_view>> cleared;  // [begin, end), may overlap
  std::map<std::string_view, Effect> keys;                             // applied after `cleared`

  // Preconditions, each key once, in key order (so that whoever locks them meets no deadlock). Nothing: the
  // key must be absent. A batch that asks for two values of one key can never hold: `impossible`.
  std::map<std::string_view, std::optional<std::string_view>> required;
  bool impossible = false;

  explicit BatchEffects(const WriteBatch& batch);
};

}  // namespace gannet::store
