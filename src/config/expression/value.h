// What an expression computes with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace gannet::config {

class Value {
 public:
  using Array = std::vector<Value>;

  Value() = default;  // nothing: the answer of a variable that is not known yet
  Value(bool v) : data_(v) {}
  Value(std::int64_t v) : data_(v) {}
  Value(int v) : data_(static_cast<std::int64_t>(v)) {}
  Value(double v) : data_(v) {}
  Value(std::string v) : data_(std::move(v)) {}
  Value(std::string_view v) : data_(std::string(v)) {}
  Value(const char* v) : data_(std::string(v)) {}
  Value(Array v) : data_(std::move(v)) {}

  bool is_nothing() const { return std::holds_alternative<std::monostate>(data_); }
  bool is_bool() const { return std::holds_alternative<bool>(data_); }
  bool is_integer() const { return std::holds_alternative<std::int64_t>(data_); }
  bool is_number() const { return is_integer() || std::holds_alternative<double>(data_); }
  bool is_string() const { return std::holds_alternative<std::string>(data_); }
  bool is_array() const { return std::holds_alternative<Array>(data_); }

  // Nothing, false, 0, the empty string and the empty array are false.
  bool truthy() const;
  // Numbers, booleans as 0 or 1, strings that are whole numbers.
  std::optional<std::int64_t> as_integer() const;
  std::optional<double> as_number() const;
  // Anything as text: `true`, `15`, elements separated by a comma; nothing as the empty string.
  std::string as_string() const;
  // Null unless it is an array or a string.
  const Array* array() const { return std::get_if<Array>(&data_); }
  const std::string* string() const { return std::get_if<std::string>(&data_); }

  // A number and what reads as one compare as numbers, other things as text.
  bool equals(const Value& other) const;
  bool less_than(const Value& other) const;

  bool operator==(const Value&) const = default;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array> data_;
};

}  // namespace gannet::config
