// What one commit does: applied whole or not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gannet::store {

enum class Durability : std::uint8_t {
  kStable,  // on stable storage when commit() returns
  // Survives the end of the process; a power cut may take it, but never a later stable commit without it. For
  // what may be lost without losing mail (lookup_store.h).
  kRelaxed,
};

// Operations are applied in the order in which they were added, after every precondition held.
class WriteBatch {
 public:
  enum class Kind : std::uint8_t { kSet, kClear, kClearRange, kAdd, kRequireAbsent, kRequireValue };
  struct Operation {
    Kind kind;
    std::string key;       // kClearRange: the first key cleared
    std::string value;     // kSet: the value; kClearRange: the first key kept; kRequireValue: the value
    std::int64_t delta{};  // kAdd
  };

  void set(std::string key, std::string value);
  void clear(std::string key);
  // Clears [begin, end); both in one subspace.
  void clear_range(std::string begin, std::string end);
  // Adds to a 64-bit counter (8 bytes, little-endian, two's complement; absent counts as 0).
  // A key is either a counter or a value, never both. Adds never conflict with each other.
  void add(std::string key, std::int64_t delta);

  // Preconditions, checked against what was committed before this batch, not against the batch itself.
  void require_absent(std::string key);
  void require_value(std::string key, std::string value);

  // kStable unless it is set.
  void set_durability(Durability durability) { durability_ = durability; }
  Durability durability() const { return durability_; }

  // All operations of `other`, behind those of this one. Durability stays this one's.
  void append(WriteBatch&& other);

  const std::vector<Operation>& operations() const { return operations_; }
  bool empty() const { return operations_.empty(); }
  // Keys and values together, in bytes: what a backend's limit on batches is held against.
  std::size_t bytes() const { return bytes_; }

 private:
  void push(Operation operation);
  std::vector<Operation> operations_;
  std::size_t bytes_ = 0;
  Durability durability_ = Durability::kStable;
};

// The value of a counter as WriteBatch::add keeps it.
std::string encode_counter(std::int64_t value);
// 0 for anything that is not 8 bytes.
std::int64_t decode_counter(std::string_view value);

}  // namespace gannet::store
