// Functions that look at the characters of a text.
#include <algorithm>

#include "config/expression/functions.h"

namespace gannet::config::expression {
namespace {

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
// The first octet of a UTF-8 character.
bool starts_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
}

template <bool (*Is)(char)>
Result<Value> count_call(Arguments a, Context&) {
  return Value(static_cast<std::int64_t>(std::ranges::count_if(a[0].as_string(), Is)));
}

// There is one such letter at least, and none of the other case.
template <bool (*Is)(char), bool (*IsNot)(char)>
Result<Value> all_call(Arguments a, Context&) {
  const std::string text = a[0].as_string();
  return Value(std::ranges::any_of(text, Is) && std::ranges::none_of(text, IsNot));
}

constexpr Function kTable[] = {
    {"len", 1, 1, false,
     [](Arguments a, Context& c) -> Result<Value> {
       if (const auto* elements = a[0].array()) return Value(static_cast<std::int64_t>(elements->size()));
       return count_call<starts_character>(a, c);
     },
     "len(value)", "How many characters a text has, or elements an array."},
    {"is_uppercase", 1, 1, false, all_call<is_upper, is_lower>, "is_uppercase(text)",
     "Whether it has letters and all of A to Z are capitals."},
    {"is_lowercase", 1, 1, false, all_call<is_lower, is_upper>, "is_lowercase(text)",
     "Whether it has letters and all of A to Z are small."},
    {"has_digits", 1, 1, false,
     [](Arguments a, Context&) -> Result<Value> {
       return Value(std::ranges::any_of(a[0].as_string(), is_digit));
     },
     "has_digits(text)", "Whether a digit is in it."},
    {"count_spaces", 1, 1, false, count_call<is_blank>, "count_spaces(text)",
     "How many white-space characters it has."},
    {"count_uppercase", 1, 1, false, count_call<is_upper>, "count_uppercase(text)",
     "How many capitals A to Z it has."},
    {"count_lowercase", 1, 1, false, count_call<is_lower>, "count_lowercase(text)",
     "How many small letters a to z it has."},
    {"count_chars", 1, 1, false, count_call<starts_character>, "count_chars(text)",
     "How many characters it has."},
};

}  // namespace

constinit const std::span<const Function> kCharacterFunctions = kTable;

}  // namespace gannet::config::expression
