// Functions for arrays and for values of any kind.
#include <openssl/evp.h>

#include <algorithm>

#include "base/encoding.h"
#include "config/expression/functions.h"

namespace gannet::config::expression {
namespace {

// An array as it is; nothing as none; any other value as one element.
Value::Array elements_of(const Value& value) {
  if (value.array()) return *value.array();
  return value.is_nothing() ? Value::Array() : Value::Array{value};
}

Result<Value> sort(Arguments a, Context&) {
  auto out = elements_of(a[0]);
  // By their text: an order of mixed kinds must be a strict one.
  std::ranges::sort(out, {}, [](const Value& v) { return v.as_string(); });
  if (std::ranges::all_of(out, [](const Value& v) { return v.is_integer(); })) {
    std::ranges::sort(out, {}, [](const Value& v) { return *v.as_integer(); });
  }
  if (a.size() > 1 && !a[1].truthy()) std::ranges::reverse(out);
  return Value(std::move(out));
}

Result<Value> dedup(Arguments a, Context&) {
  Value::Array out;
  std::vector<std::string> seen;
  for (auto& element : elements_of(a[0])) {
    std::string text = element.as_string();
    const auto at = std::ranges::lower_bound(seen, text);
    if (at != seen.end() && *at == text) continue;
    seen.insert(at, std::move(text));
    out.push_back(std::move(element));
  }
  return Value(std::move(out));
}

Result<Value> winnow(Arguments a, Context&) {
  auto out = elements_of(a[0]);
  std::erase_if(out, [](const Value& element) { return element.as_string().empty(); });
  return Value(std::move(out));
}

Result<Value> is_intersect(Arguments a, Context&) {
  std::vector<std::string> left;
  for (const auto& element : elements_of(a[0])) left.push_back(element.as_string());
  std::ranges::sort(left);
  return Value(std::ranges::any_of(elements_of(a[1]), [&](const Value& element) {
    return std::ranges::binary_search(left, element.as_string());
  }));
}

Result<Value> is_empty(Arguments a, Context&) {
  if (const auto* elements = a[0].array()) return Value(elements->empty());
  return Value(a[0].as_string().empty());
}

Result<Value> hash(Arguments a, Context&) {
  const std::string name = a[1].as_string();
  const EVP_MD* algorithm = name == "md5"      ? EVP_md5()
                            : name == "sha1"   ? EVP_sha1()
                            : name == "sha256" ? EVP_sha256()
                            : name == "sha512" ? EVP_sha512()
                                               : nullptr;
  if (!algorithm) return fail(ConfigError::kInvalid, "hash() knows md5, sha1, sha256 and sha512");
  const std::string text = a[0].as_string();
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), digest, &size, algorithm, nullptr) != 1) {
    return fail(ConfigError::kUnavailable, "this system does not allow that hash algorithm");
  }
  return Value(hex_encode({reinterpret_cast<const char*>(digest), size}));
}

constexpr Function kTable[] = {
    {"count", 1, 1, false,
     [](Arguments a, Context&) -> Result<Value> {
       return Value(static_cast<std::int64_t>(elements_of(a[0]).size()));
     },
     "count(array)", "How many elements it has."},
    {"sort", 1, 2, false, sort, "sort(array, ascending)",
     "The array in order; the other way round when the second is false."},
    {"dedup", 1, 1, false, dedup, "dedup(array)", "The array without repetitions."},
    {"winnow", 1, 1, false, winnow, "winnow(array)", "The array without empty elements."},
    {"is_intersect", 2, 2, false, is_intersect, "is_intersect(a, b)",
     "Whether an element is in both arrays."},
    {"is_empty", 1, 1, false, is_empty, "is_empty(value)",
     "Whether it is the empty text, an empty array or nothing."},
    {"is_number", 1, 1, false,
     [](Arguments a, Context&) -> Result<Value> {
       return Value(!a[0].is_bool() && a[0].as_number().has_value());
     },
     "is_number(value)", "Whether it is a number, or text that reads as one."},
    {"if_then", 3, 3, false,
     [](Arguments a, Context&) -> Result<Value> { return a[0].truthy() ? a[1] : a[2]; },
     "if_then(condition, a, b)", "a when the condition holds, else b."},
    {"hash", 2, 2, false, hash, "hash(text, algorithm)",
     "The hash in hexadecimal; md5, sha1, sha256 or sha512."},
    {"matches", 2, 2, false,
     [](Arguments, Context&) -> Result<Value> { return Value(false); },  // compiled to a node of its own
     "matches(regex, text)",
     "Whether the RE2 regular expression is found in the text. What it captured is $1, $2, ... from then on, "
     "the whole "
     "match $0."},
};

}  // namespace

constinit const std::span<const Function> kListFunctions = kTable;

}  // namespace gannet::config::expression
