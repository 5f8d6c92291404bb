#include "store/write_batch.h"

#include <bit>
#include <cstring>
#include <utility>

namespace gannet::store {

static_assert(std::endian::native == std::endian::little, "counters are kept as the processor keeps them");

void WriteBatch::push(Operation operation) {
  bytes_ += operation.key.size() + operation.value.size();
  operations_.push_back(std::move(operation));
}

void WriteBatch::set(std::string key, std::string value) {
  push({Kind::kSet, std::move(key), std::move(value)});
}
void WriteBatch::clear(std::string key) {
  push({Kind::kClear, std::move(key), {}});
}
void WriteBatch::clear_range(std::string begin, std::string end) {
  push({Kind::kClearRange, std::move(begin), std::move(end)});
}
void WriteBatch::add(std::string key, std::int64_t delta) {
  push({Kind::kAdd, std::move(key), {}, delta});
  bytes_ += sizeof delta;
}
void WriteBatch::require_absent(std::string key) {
  push({Kind::kRequireAbsent, std::move(key), {}});
}
void WriteBatch::require_value(std::string key, std::string value) {
  push({Kind::kRequireValue, std::move(key), std::move(value)});
}

void WriteBatch::append(WriteBatch&& other) {
  operations_.insert(operations_.end(), std::make_move_iterator(other.operations_.begin()),
                     std::make_move_iterator(other.operations_.end()));
  bytes_ += std::exchange(other.bytes_, 0);
  other.operations_.clear();
}

std::string encode_counter(std::int64_t value) {
  std::string out(sizeof value, '\0');
  std::memcpy(out.data(), &value, sizeof value);
  return out;
}

std::int64_t decode_counter(std::string_view value) {
  std::int64_t out = 0;
  if (value.size() == sizeof out) std::memcpy(&out, value.data(), sizeof out);
  return out;
}

}  // namespace gannet::store
