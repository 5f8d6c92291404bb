#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "config/expression/tree.h"

namespace gannet::config::expression {
namespace {

std::unexpected<Error> not_a_number(const Value& value) {
  return fail(ConfigError::kInvalid, "an arithmetic operator needs numbers",
              fmt::format("found {}", value.as_string()));
}

// Whole numbers stay whole; what leaves their range, or divides by zero, is an error.
Result<Value> whole_arithmetic(Operator op, std::int64_t a, std::int64_t b) {
  std::int64_t out = 0;
  bool overflow = false;
  switch (op) {
    case Operator::kAdd:
      overflow = __builtin_add_overflow(a, b, &out);
      break;
    case Operator::kSubtract:
      overflow = __builtin_sub_overflow(a, b, &out);
      break;
    case Operator::kMultiply:
      overflow = __builtin_mul_overflow(a, b, &out);
      break;
    default:
      if (b == 0) return fail(ConfigError::kInvalid, "division by zero");
      overflow = b == -1 && __builtin_sub_overflow(std::int64_t{0}, a, &out);
      if (b != -1) out = a / b;
  }
  if (overflow) return fail(ConfigError::kInvalid, "a number is out of range");
  return Value(out);
}

Result<Value> arithmetic(Operator op, const Value& left, const Value& right, const Context& context) {
  if (op == Operator::kAdd && (left.is_string() || right.is_string())) {
    return limited(left.as_string() + right.as_string(), context);
  }
  // A whole number, or a text that is one.
  const auto whole = [](const Value& value) {
    return value.is_integer() || value.is_bool() || value.is_string() ? value.as_integer() : std::nullopt;
  };
  const auto a = whole(left);
  const auto b = whole(right);
  if (a && b) return whole_arithmetic(op, *a, *b);
  const auto x = left.as_number();
  const auto y = right.as_number();
  if (!x || !y) return not_a_number(x ? right : left);
  switch (op) {
    case Operator::kAdd:
      return Value(*x + *y);
    case Operator::kSubtract:
      return Value(*x - *y);
    case Operator::kMultiply:
      return Value(*x * *y);
    default:
      break;
  }
  if (*y == 0) return fail(ConfigError::kInvalid, "division by zero");
  return Value(*x / *y);
}

Result<Value> evaluate_binary(const Tree& tree, Context& context) {
  const Value left = TRY(evaluate(tree.children[0], context));
  if (tree.op == Operator::kAnd && !left.truthy()) return Value(false);
  if (tree.op == Operator::kOr && left.truthy()) return Value(true);
  const Value right = TRY(evaluate(tree.children[1], context));
  switch (tree.op) {
    case Operator::kAnd:
    case Operator::kOr:
      return Value(right.truthy());
    case Operator::kXor:
      return Value(left.truthy() != right.truthy());
    case Operator::kEqual:
      return Value(left.equals(right));
    case Operator::kUnequal:
      return Value(!left.equals(right));
    case Operator::kLess:
      return Value(left.less_than(right));
    case Operator::kGreater:
      return Value(right.less_than(left));
    case Operator::kLessEqual:
      return Value(!right.less_than(left));
    case Operator::kGreaterEqual:
      return Value(!left.less_than(right));
    default:
      return arithmetic(tree.op, left, right, context);
  }
}

Result<Value> evaluate_matches(const Tree& tree, Context& context) {
  const std::string subject = TRY(evaluate(tree.children[0], context)).as_string();
  const int groups = tree.regex->NumberOfCapturingGroups() + 1;
  std::vector<re2::StringPiece> found(static_cast<std::size_t>(groups));
  if (!tree.regex->Match(subject, 0, subject.size(), re2::RE2::UNANCHORED, found.data(), groups))
    return Value(false);
  context.captures.clear();
  for (const auto& group : found) {
    context.captures.push_back(group.data() ? std::string(group.data(), group.size()) : std::string());
  }
  return Value(true);
}

Result<std::vector<Value>> evaluate_all(const std::vector<Tree>& trees, Context& context) {
  std::vector<Value> out;
  out.reserve(trees.size());
  for (const Tree& tree : trees) out.push_back(TRY(evaluate(tree, context)));
  return out;
}

}  // namespace

Result<Value> limited(std::string text, const Context& context) {
  if (text.size() > context.limits.string_size)
    return fail(ConfigError::kLimit, "an expression made too long a text");
  return Value(std::move(text));
}

Result<Value> limited(Value::Array elements, const Context& context) {
  if (elements.size() > context.limits.array_size) {
    return fail(ConfigError::kLimit, "an expression made too long an array");
  }
  return Value(std::move(elements));
}

Result<Value> evaluate(const Tree& tree, Context& context) {
  switch (tree.kind) {
    case Tree::Kind::kConstant:
      return tree.constant;
    case Tree::Kind::kVariable:
      return context.variables.get(tree.variable);
    case Tree::Kind::kCapture:
      return tree.capture < context.captures.size() ? Value(context.captures[tree.capture]) : Value("");
    case Tree::Kind::kArray:
      return Value(TRY(evaluate_all(tree.children, context)));
    case Tree::Kind::kNot:
      return Value(!TRY(evaluate(tree.children[0], context)).truthy());
    case Tree::Kind::kNegate:
      return arithmetic(Operator::kSubtract, Value(0), TRY(evaluate(tree.children[0], context)), context);
    case Tree::Kind::kBinary:
      return evaluate_binary(tree, context);
    case Tree::Kind::kMatches:
      return evaluate_matches(tree, context);
    case Tree::Kind::kCall:
      break;
  }
  const std::vector<Value> arguments = TRY(evaluate_all(tree.children, context));
  return tree.function->call(arguments, context);
}

void named_directories(const Tree& tree, std::vector<std::string>& out) {
  if (tree.function && tree.function->names_directory)
    if (const std::string* id = tree.children.front().constant.string()) out.push_back(*id);
  for (const Tree& child : tree.children) named_directories(child, out);
}

bool asks_environment(const Tree& tree) {
  if (tree.function && tree.function->asks_environment) return true;
  return std::ranges::any_of(tree.children, [](const Tree& child) { return asks_environment(child); });
}

}  // namespace gannet::config::expression
