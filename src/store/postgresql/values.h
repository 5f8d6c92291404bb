// Parameters and results in PostgreSQL's binary format: integers big-endian, arrays of one dimension.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gannet::store::postgresql {

// Types, as the server numbers them.
enum class Type : std::uint32_t {
  kBool = 16,
  kBytes = 17,
  kInt8 = 20,
  kBools = 1000,
  kBytesArray = 1001,
  kInt8s = 1016
};

std::string int8(std::int64_t value);
// 0 for what is not 8 bytes.
std::int64_t read_int8(std::string_view binary);

// An array parameter, built element by element.
class Array {
 public:
  // Of kBools, kBytesArray or kInt8s.
  explicit Array(Type type);
  void add(std::string_view element);
  void add_null();
  void add_int8(std::int64_t value) { add(int8(value)); }
  void add_bool(bool value) { add(std::string_view(value ? "\1" : "\0", 1)); }
  std::size_t size() const { return size_; }
  std::size_t bytes() const { return out_.size(); }
  std::string take();

 private:
  std::string out_;
  std::uint32_t size_ = 0;
};

}  // namespace gannet::store::postgresql
