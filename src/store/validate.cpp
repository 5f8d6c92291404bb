#include "store/validate.h"

#include <fmt/format.h>

#include "store/subspace.h"

namespace gannet::store {
namespace {

constexpr auto kKnown = [] {
  std::array<bool, 256> known{};
  for (const auto& subspace : kSubspaces) known[static_cast<std::uint8_t>(subspace.id)] = true;
  return known;
}();

std::unexpected<Error> unknown_subspace(char byte) {
  return fail(StoreError::kInvalid,
              fmt::format("no subspace begins with the byte {:#04x}", static_cast<std::uint8_t>(byte)));
}

Result<void> check_value(std::string_view value, const DataStoreLimits& limits) {
  if (value.size() <= limits.max_value_bytes) return {};
  return fail(StoreError::kTooLarge, fmt::format("a value of {} bytes is beyond the store's limit of {}",
                                                 value.size(), limits.max_value_bytes));
}

Result<void> check_operation(const WriteBatch::Operation& operation, const DataStoreLimits& limits) {
  TRY(check_key(operation.key, limits));
  if (operation.kind == WriteBatch::Kind::kClearRange) return check_range(operation.key, operation.value);
  return check_value(operation.value, limits);
}

}  // namespace

bool known_subspace(char first_byte) {
  return kKnown[static_cast<std::uint8_t>(first_byte)];
}

Result<void> check_key(std::string_view key, const DataStoreLimits& limits) {
  if (key.empty()) return fail(StoreError::kInvalid, "a key may not be empty");
  if (!known_subspace(key[0])) return unknown_subspace(key[0]);
  if (key.size() > limits.max_key_bytes)
    return fail(StoreError::kTooLarge, fmt::format("a key of {} bytes is beyond the store's limit of {}",
                                                   key.size(), limits.max_key_bytes));
  return {};
}

Result<void> check_range(std::string_view begin, std::string_view end) {
  if (begin.empty() || end.empty()) return fail(StoreError::kInvalid, "a range needs both its ends");
  if (!known_subspace(begin[0])) return unknown_subspace(begin[0]);
  if (end < begin) return fail(StoreError::kInvalid, "the range ends before it begins");
  const bool whole =
      end.size() == 1 && static_cast<std::uint8_t>(end[0]) == static_cast<std::uint8_t>(begin[0]) + 1;
  if (end[0] != begin[0] && !whole)
    return fail(StoreError::kInvalid, "the range reaches into another subspace");
  return {};
}

Result<void> check_batch(const WriteBatch& batch, const DataStoreLimits& limits) {
  if (batch.bytes() > limits.max_batch_bytes)
    return fail(StoreError::kTooLarge, fmt::format("a batch of {} bytes is beyond the store's limit of {}",
                                                   batch.bytes(), limits.max_batch_bytes));
  for (const auto& operation : batch.operations()) TRY(check_operation(operation, limits));
  return {};
}

}  // namespace gannet::store
