// A compiled expression. Internal to the expression language.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/expression/expression.h"

namespace re2 {
class RE2;
}

namespace gannet::config::expression {

// One evaluation.
struct Context {
  const Variables& variables;
  Environment& environment;
  const ExpressionLimits& limits;
  // What the last matches() that succeeded captured: $0, $1, ...
  std::vector<std::string> captures;
};

using Arguments = std::span<const Value>;

struct Function {
  std::string_view name;
  std::size_t min_arguments;
  std::size_t max_arguments;
  bool asks_environment;
  Result<Value> (*call)(Arguments arguments, Context& context);
  // For the reference: `contains(text, part)`, and what it answers.
  std::string_view form;
  std::string_view sentence;
  // The first argument is the id of a directory.
  bool names_directory = false;
  // Known from the model, but nothing answers it in this version: an expression that calls it does not compile.
  bool served = true;
};
// Sorted by name.
const std::vector<const Function*>& all_functions();
const Function* find_function(std::string_view name);

enum class Operator {
  kOr,
  kXor,
  kAnd,
  kEqual,
  kUnequal,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide
};

struct Tree {
  enum class Kind { kConstant, kVariable, kCapture, kArray, kNot, kNegate, kBinary, kCall, kMatches };
  Kind kind = Kind::kConstant;
  Value constant;
  Variable variable{};
  std::size_t capture = 0;
  Operator op{};
  const Function* function = nullptr;
  std::shared_ptr<const re2::RE2> regex;
  std::vector<Tree> children;
  std::size_t depth = 1;
};

Result<Tree> parse(std::string_view text, const std::vector<std::string_view>& words,
                   const ExpressionLimits& limits);
Result<Value> evaluate(const Tree& tree, Context& context);
bool asks_environment(const Tree& tree);
// The ids of directories that it names in so many words.
void named_directories(const Tree& tree, std::vector<std::string>& out);

// A string or array that evaluation made, checked against the limits.
Result<Value> limited(std::string text, const Context& context);
Result<Value> limited(Value::Array elements, const Context& context);

}  // namespace gannet::config::expression
