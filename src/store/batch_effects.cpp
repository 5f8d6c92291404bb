#include "store/batch_effects.h"

namespace gannet::store {
namespace {

std::int64_t wrapping_sum(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

// The effect of adding `delta` behind `before`.
BatchEffects::Effect added(const BatchEffects::Effect& before, std::int64_t delta) {
  if (std::holds_alternative<BatchEffects::Clear>(before)) return BatchEffects::SetCounter{delta};
  if (const auto* add = std::get_if<BatchEffects::Add>(&before))
    return BatchEffects::Add{wrapping_sum(add->delta, delta)};
  if (const auto* set = std::get_if<BatchEffects::Set>(&before))
    return BatchEffects::SetCounter{wrapping_sum(decode_counter(set->value), delta)};
  return BatchEffects::SetCounter{wrapping_sum(std::get<BatchEffects::SetCounter>(before).value, delta)};
}

class Folder {
 public:
  explicit Folder(BatchEffects& out) : out_(out) {}

  void fold(const WriteBatch::Operation& operation) {
    using enum WriteBatch::Kind;
    const std::string_view key = operation.key;
    switch (operation.kind) {
      case kSet:
        out_.keys.insert_or_assign(key, BatchEffects::Set{operation.value});
        break;
      case kClear:
        out_.keys.insert_or_assign(key, BatchEffects::Clear{});
        break;
      case kClearRange:
        out_.keys.erase(out_.keys.lower_bound(key), out_.keys.lower_bound(operation.value));
        if (key < operation.value) out_.cleared.emplace_back(key, operation.value);
        break;
      case kAdd:
        add(key, operation.delta);
        break;
      case kRequireAbsent:
        require(key, std::nullopt);
        break;
      case kRequireValue:
        require(key, operation.value);
        break;
    }
  }

 private:
  void add(std::string_view key, std::int64_t delta) {
    const auto found = out_.keys.find(key);
    if (found != out_.keys.end())
      found->second = added(found->second, delta);
    else
      out_.keys.emplace(key, in_cleared(key) ? BatchEffects::Effect(BatchEffects::SetCounter{delta})
                                             : BatchEffects::Effect(BatchEffects::Add{delta}));
  }

  bool in_cleared(std::string_view key) const {
    for (const auto& [begin, end] : out_.cleared)
      if (begin <= key && key < end) return true;
    return false;
  }

  void require(std::string_view key, std::optional<std::string_view> value) {
    const auto [found, added] = out_.required.emplace(key, value);
    if (!added && found->second != value) out_.impossible = true;
  }

  BatchEffects& out_;
};

}  // namespace

BatchEffects::BatchEffects(const WriteBatch& batch) {
  Folder folder(*this);
  for (const auto& operation : batch.operations()) folder.fold(operation);
}

}  // namespace gannet::store
