#include "config/expression/value.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace gannet::config {
namespace {

template <typename T>
std::optional<T> parse_whole(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

bool Value::truthy() const {
  if (const auto* flag = std::get_if<bool>(&data_)) return *flag;
  if (const auto* integer = std::get_if<std::int64_t>(&data_)) return *integer != 0;
  if (const auto* real = std::get_if<double>(&data_)) return *real != 0;
  if (const auto* text = string()) return !text->empty();
  if (const auto* elements = array()) return !elements->empty();
  return false;
}

std::optional<std::int64_t> Value::as_integer() const {
  if (const auto* flag = std::get_if<bool>(&data_)) return *flag ? 1 : 0;
  if (const auto* integer = std::get_if<std::int64_t>(&data_)) return *integer;
  if (const auto* text = string()) return parse_whole<std::int64_t>(*text);
  if (const auto* real = std::get_if<double>(&data_)) {
    // Both bounds are exact as doubles; what lies between them converts without overflow.
    if (*real >= -9223372036854775808.0 && *real < 9223372036854775808.0)
      return static_cast<std::int64_t>(*real);
  }
  return std::nullopt;
}

std::optional<double> Value::as_number() const {
  if (const auto* real = std::get_if<double>(&data_)) return *real;
  if (const auto* text = string()) {
    const auto value = parse_whole<double>(*text);
    return value && std::isfinite(*value) ? value : std::nullopt;
  }
  if (const auto integer = as_integer()) return static_cast<double>(*integer);
  return std::nullopt;
}

std::string Value::as_string() const {
  if (const auto* text = string()) return *text;
  if (const auto* flag = std::get_if<bool>(&data_)) return *flag ? "true" : "false";
  if (const auto* integer = std::get_if<std::int64_t>(&data_)) return fmt::format("{}", *integer);
  if (const auto* real = std::get_if<double>(&data_)) return fmt::format("{}", *real);
  std::string out;
  if (const auto* elements = array()) {
    for (const Value& element : *elements) {
      if (&element != &elements->front()) out.push_back(',');
      out += element.as_string();
    }
  }
  return out;
}

bool Value::equals(const Value& other) const {
  if (is_nothing() || other.is_nothing()) return !truthy() && !other.truthy();
  if (array() && other.array()) {
    if (array()->size() != other.array()->size()) return false;
    for (std::size_t i = 0; i < array()->size(); ++i) {
      if (!(*array())[i].equals((*other.array())[i])) return false;
    }
    return true;
  }
  if (string() && other.string()) return *string() == *other.string();
  if (is_integer() && other.is_integer()) return *as_integer() == *other.as_integer();
  if (is_bool() || other.is_bool()) return truthy() == other.truthy();
  const auto mine = as_number();
  const auto theirs = other.as_number();
  return mine && theirs ? *mine == *theirs : as_string() == other.as_string();
}

bool Value::less_than(const Value& other) const {
  if (is_integer() && other.is_integer()) return *as_integer() < *other.as_integer();
  if (!string() || !other.string()) {
    const auto mine = as_number();
    const auto theirs = other.as_number();
    if (mine && theirs) return *mine < *theirs;
  }
  return as_string() < other.as_string();
}

}  // namespace gannet::config
