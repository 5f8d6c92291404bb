#include "config/expression/expression.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/expression/tree.h"

namespace gannet::config {
namespace {

using expression::Tree;

std::unexpected<Error> wrong_type(const Value& value, std::string_view wanted) {
  return fail(ConfigError::kInvalid, fmt::format("an expression gave something that is not {}", wanted),
              fmt::format("found \"{}\"", value.as_string()));
}

bool is_off(const Value& value) {
  return value.is_nothing() || value == Value(false);
}

}  // namespace

Result<std::shared_ptr<const Expression>> Expression::compile(std::string_view text,
                                                              const std::vector<std::string_view>& words,
                                                              const ExpressionLimits& limits) {
  std::shared_ptr<Expression> out(new Expression);
  out->limits_ = limits;
  out->tree_ = std::make_shared<const Tree>(TRY(expression::parse(text, words, limits)));
  return out;
}

std::shared_ptr<const Expression> Expression::constant(Value value) {
  std::shared_ptr<Expression> out(new Expression);
  Tree tree;
  tree.constant = std::move(value);
  out->tree_ = std::make_shared<const Tree>(std::move(tree));
  return out;
}

std::shared_ptr<const Expression> Expression::conditional(std::vector<Branch> branches,
                                                          std::shared_ptr<const Expression> otherwise) {
  std::shared_ptr<Expression> out(new Expression);
  out->branches_ = std::move(branches);
  out->otherwise_ = std::move(otherwise);
  return out;
}

Result<Value> Expression::run(expression::Context& context) const {
  if (tree_) return expression::evaluate(*tree_, context);
  for (const Branch& branch : branches_) {
    if (TRY(branch.condition->run(context)).truthy()) return branch.value->run(context);
  }
  return otherwise_ ? otherwise_->run(context) : Value();
}

Result<Value> Expression::evaluate(const Variables& variables, Environment& environment) const {
  expression::Context context{variables, environment, limits_, {}};
  return run(context);
}

Result<bool> Expression::flag(const Variables& variables, Environment& environment) const {
  return TRY(evaluate(variables, environment)).truthy();
}

Result<std::optional<std::int64_t>> Expression::integer(const Variables& variables,
                                                        Environment& environment) const {
  const Value value = TRY(evaluate(variables, environment));
  if (is_off(value)) return std::nullopt;
  const auto number = value.as_integer();
  if (!number) return wrong_type(value, "a whole number");
  return number;
}

Result<std::optional<Duration>> Expression::duration(const Variables& variables,
                                                     Environment& environment) const {
  const auto number = TRY(integer(variables, environment));
  if (!number) return std::nullopt;
  if (*number < 0) return fail(ConfigError::kInvalid, "an expression gave a negative duration");
  return Duration(*number);
}

Result<std::optional<std::string>> Expression::string(const Variables& variables,
                                                      Environment& environment) const {
  const Value value = TRY(evaluate(variables, environment));
  if (is_off(value)) return std::nullopt;
  if (value.is_array()) return wrong_type(value, "one text");
  return value.as_string();
}

Result<std::vector<std::string>> Expression::list(const Variables& variables,
                                                  Environment& environment) const {
  const Value value = TRY(evaluate(variables, environment));
  std::vector<std::string> out;
  if (is_off(value)) return out;
  if (!value.array()) {
    out.push_back(value.as_string());
    return out;
  }
  for (const Value& element : *value.array()) out.push_back(element.as_string());
  return out;
}

const Value* Expression::constant_value() const {
  return tree_ && tree_->kind == Tree::Kind::kConstant ? &tree_->constant : nullptr;
}

std::vector<Value> Expression::constant_results() const {
  std::vector<Value> out;
  if (const Value* value = constant_value()) out.push_back(*value);
  for (const Branch& branch : branches_) {
    for (auto& value : branch.value->constant_results()) out.push_back(std::move(value));
  }
  if (otherwise_) {
    for (auto& value : otherwise_->constant_results()) out.push_back(std::move(value));
  }
  return out;
}

std::vector<std::string> Expression::named_directories() const {
  std::vector<std::string> out;
  const auto add = [&out](const Expression& part) {
    for (auto& id : part.named_directories()) out.push_back(std::move(id));
  };
  if (tree_) expression::named_directories(*tree_, out);
  for (const Branch& branch : branches_) {
    add(*branch.condition);
    add(*branch.value);
  }
  if (otherwise_) add(*otherwise_);
  return out;
}

bool Expression::asks_environment() const {
  if (tree_) return expression::asks_environment(*tree_);
  return (otherwise_ && otherwise_->asks_environment()) ||
         std::ranges::any_of(branches_, [](const Branch& branch) {
           return branch.condition->asks_environment() || branch.value->asks_environment();
         });
}

}  // namespace gannet::config
