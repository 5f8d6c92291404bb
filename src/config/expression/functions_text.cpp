// Functions that take text and give text, or compare it. Letters are those of ASCII where case matters; every
// other byte stays as it is.
#include <algorithm>

#include "base/unicode.h"
#include "config/expression/functions.h"

namespace gannet::config::expression {
namespace {

constexpr std::string_view kWhitespace = " \t\r\n\v\f";

std::string to_upper_ascii(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
  return text;
}

std::string_view trim_start(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kWhitespace), text.size()));
  return text;
}
std::string_view trim_end(std::string_view text) {
  return text.substr(0, text.find_last_not_of(kWhitespace) + 1);
}

Value::Array split(std::string_view text, std::string_view by, std::size_t most) {
  Value::Array out;
  while (!by.empty() && out.size() + 1 < most) {
    const auto at = text.find(by);
    if (at == std::string_view::npos) break;
    out.emplace_back(text.substr(0, at));
    text.remove_prefix(at + by.size());
  }
  out.emplace_back(text);
  return out;
}

// Both halves around the separator; nothing when it is not there.
Value halves(std::string_view text, std::string_view by, bool last) {
  const auto at = last ? text.rfind(by) : text.find(by);
  if (by.empty() || at == std::string_view::npos) return Value();
  return Value(Value::Array{Value(text.substr(0, at)), Value(text.substr(at + by.size()))});
}

Result<Value> split_call(Arguments a, Context& c) {
  return limited(split(a[0].as_string(), a[1].as_string(), c.limits.array_size + 1), c);
}
Result<Value> rsplit_call(Arguments a, Context& c) {
  auto parts = split(a[0].as_string(), a[1].as_string(), c.limits.array_size + 1);
  std::ranges::reverse(parts);
  return limited(std::move(parts), c);
}
Result<Value> split_n(Arguments a, Context& c) {
  const auto most = a[2].as_integer();
  if (!most || *most < 1) return fail(ConfigError::kInvalid, "split_n() needs a number above 0");
  const auto bound = std::min(static_cast<std::size_t>(*most), c.limits.array_size + 1);
  return limited(split(a[0].as_string(), a[1].as_string(), bound), c);
}
Result<Value> lines(Arguments a, Context& c) {
  Value::Array out = split(a[0].as_string(), "\n", c.limits.array_size + 1);
  for (Value& line : out) {
    if (line.string()->ends_with('\r')) line = Value(line.string()->substr(0, line.string()->size() - 1));
  }
  if (out.back().string()->empty()) out.pop_back();
  return limited(std::move(out), c);
}
Result<Value> split_words(Arguments a, Context& c) {
  const std::string text = a[0].as_string();
  Value::Array out;
  std::string word;
  for (const char byte : text + " ") {
    const auto b = static_cast<unsigned char>(byte);
    const bool letter =
        b >= 0x80 || (b >= '0' && b <= '9') || (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z');
    if (letter) {
      word.push_back(byte);
    } else if (!word.empty()) {
      out.emplace_back(std::move(word));
      word.clear();
    }
  }
  return limited(std::move(out), c);
}

// The octet at which the `count`-th character begins; the size when there are fewer.
std::size_t offset_of(std::string_view text, std::int64_t count) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const bool starts = (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
    if (starts && count-- <= 0) break;
  }
  return at;
}

Result<Value> substring(Arguments a, Context&) {
  const std::string text = a[0].as_string();
  const auto start = a[1].as_integer();
  const auto length = a.size() > 2 ? a[2].as_integer() : static_cast<std::int64_t>(text.size());
  if (!start || !length || *start < 0 || *length < 0) {
    return fail(ConfigError::kInvalid, "substring() needs a start and a length of 0 or more");
  }
  const auto from = std::string_view(text).substr(offset_of(text, *start));
  return Value(from.substr(0, offset_of(from, *length)));
}

bool contains(const Value& in, const std::string& part, bool ignore_case) {
  const auto normal = [&](const Value& v) {
    return ignore_case ? to_lower_ascii(v.as_string()) : v.as_string();
  };
  const std::string wanted = ignore_case ? to_lower_ascii(part) : part;
  if (!in.array()) return normal(in).find(wanted) != std::string::npos;
  return std::ranges::any_of(*in.array(), [&](const Value& element) { return normal(element) == wanted; });
}

constexpr Function kTable[] = {
    {"trim", 1, 1, false,
     [](Arguments a, Context&) -> Result<Value> { return Value(trim_start(trim_end(a[0].as_string()))); },
     "trim(text)", "The text without white space at both ends."},
    {"trim_start", 1, 1, false,
     [](Arguments a, Context&) -> Result<Value> { return Value(trim_start(a[0].as_string())); },
     "trim_start(text)", "The text without white space at its start."},
    {"trim_end", 1, 1, false,
     [](Arguments a, Context&) -> Result<Value> { return Value(trim_end(a[0].as_string())); },
     "trim_end(text)", "The text without white space at its end."},
    {"to_lowercase", 1, 1, false,
     [](Arguments a, Context&) -> Result<Value> { return Value(to_lower_ascii(a[0].as_string())); },
     "to_lowercase(text)", "The text with A to Z in small letters."},
    {"to_uppercase", 1, 1, false,
     [](Arguments a, Context&) -> Result<Value> { return Value(to_upper_ascii(a[0].as_string())); },
     "to_uppercase(text)", "The text with a to z in capitals."},
    {"contains", 2, 2, false,
     [](Arguments a, Context&) -> Result<Value> { return Value(contains(a[0], a[1].as_string(), false)); },
     "contains(where, part)", "Whether a text holds the part, or an array an element that equals it."},
    {"contains_ignore_case", 2, 2, false,
     [](Arguments a, Context&) -> Result<Value> { return Value(contains(a[0], a[1].as_string(), true)); },
     "contains_ignore_case(where, part)", "The same, whatever the case of letters."},
    {"eq_ignore_case", 2, 2, false,
     [](Arguments a, Context&) -> Result<Value> {
       return Value(equal_ignoring_ascii_case(a[0].as_string(), a[1].as_string()));
     },
     "eq_ignore_case(a, b)", "Whether both are equal, whatever the case of letters."},
    {"starts_with", 2, 2, false,
     [](Arguments a, Context&) -> Result<Value> {
       return Value(a[0].as_string().starts_with(a[1].as_string()));
     },
     "starts_with(text, prefix)", "Whether the text starts so."},
    {"ends_with", 2, 2, false,
     [](Arguments a, Context&) -> Result<Value> {
       return Value(a[0].as_string().ends_with(a[1].as_string()));
     },
     "ends_with(text, suffix)", "Whether the text ends so."},
    {"lines", 1, 1, false, lines, "lines(text)", "The text's lines as an array."},
    {"substring", 2, 3, false, substring, "substring(text, start, length)",
     "So many characters from that one on, counted from 0; to the end when no length is given."},
    {"strip_prefix", 2, 2, false,
     [](Arguments a, Context&) -> Result<Value> {
       const std::string text = a[0].as_string();
       const std::string prefix = a[1].as_string();
       return text.starts_with(prefix) ? Value(text.substr(prefix.size())) : Value();
     },
     "strip_prefix(text, prefix)", "The text without the prefix; nothing when it does not start so."},
    {"strip_suffix", 2, 2, false,
     [](Arguments a, Context&) -> Result<Value> {
       const std::string text = a[0].as_string();
       const std::string suffix = a[1].as_string();
       return text.ends_with(suffix) ? Value(text.substr(0, text.size() - suffix.size())) : Value();
     },
     "strip_suffix(text, suffix)", "The text without the suffix; nothing when it does not end so."},
    {"split", 2, 2, false, split_call, "split(text, separator)",
     "The parts between separators, as an array."},
    {"rsplit", 2, 2, false, rsplit_call, "rsplit(text, separator)", "The same parts, the last one first."},
    {"split_once", 2, 2, false,
     [](Arguments a, Context&) -> Result<Value> { return halves(a[0].as_string(), a[1].as_string(), false); },
     "split_once(text, separator)",
     "What is before and after the first separator; nothing when there is none."},
    {"rsplit_once", 2, 2, false,
     [](Arguments a, Context&) -> Result<Value> { return halves(a[0].as_string(), a[1].as_string(), true); },
     "rsplit_once(text, separator)",
     "What is before and after the last separator; nothing when there is none."},
    {"split_n", 3, 3, false, split_n, "split_n(text, separator, most)",
     "As split, with at most so many parts: the last one holds the rest."},
    {"split_words", 1, 1, false, split_words, "split_words(text)",
     "The words, which are runs of letters and digits, as an array."},
};

}  // namespace

constinit const std::span<const Function> kTextFunctions = kTable;

}  // namespace gannet::config::expression
