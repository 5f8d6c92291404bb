// A DataStore in a few lines: what a random run of a real one is compared with.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "store/data_store.h"

namespace gannet::store::contract {

class Model {
 public:
  // False if a precondition fails; then nothing has changed.
  bool commit(const WriteBatch& batch) {
    for (const auto& operation : batch.operations()) {
      if (operation.kind == WriteBatch::Kind::kRequireAbsent && map_.contains(operation.key)) return false;
      if (operation.kind == WriteBatch::Kind::kRequireValue && get(operation.key) != operation.value)
        return false;
    }
    for (const auto& operation : batch.operations()) apply(operation);
    return true;
  }

  std::optional<std::string> get(const std::string& key) const {
    const auto it = map_.find(key);
    return it == map_.end() ? std::nullopt : std::optional(it->second);
  }

  // All of it, whatever the limits of `range`.
  std::vector<KeyValue> scan(const Range& range) const {
    std::vector<KeyValue> out;
    for (auto it = map_.lower_bound(range.begin); it != map_.end() && it->first < range.end; ++it)
      out.push_back({it->first, range.keys_only ? std::string() : it->second});
    if (range.reverse) std::ranges::reverse(out);
    return out;
  }

  const std::map<std::string, std::string>& all() const { return map_; }

 private:
  void apply(const WriteBatch::Operation& operation) {
    switch (operation.kind) {
      case WriteBatch::Kind::kSet:
        map_[operation.key] = operation.value;
        break;
      case WriteBatch::Kind::kClear:
        map_.erase(operation.key);
        break;
      case WriteBatch::Kind::kClearRange:
        map_.erase(map_.lower_bound(operation.key), map_.lower_bound(operation.value));
        break;
      case WriteBatch::Kind::kAdd: {
        std::string& value = map_[operation.key];
        value = encode_counter(static_cast<std::int64_t>(static_cast<std::uint64_t>(decode_counter(value)) +
                                                         static_cast<std::uint64_t>(operation.delta)));
        break;
      }
      default:
        break;
    }
  }

  std::map<std::string, std::string> map_;
};

}  // namespace gannet::store::contract
