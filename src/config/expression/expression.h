// Settings that are computed: `remote_ip == '10.0.0.1' && !is_empty(authenticated_as)`, or a list of
// conditions.
//
// A setting declared as an expression is compiled and checked when the file is read:
//
//   session.rcpt.relay = "!is_empty(authenticated_as)"
//   session.rcpt.relay = [ { if = "local_port == 25", then = false }, { else = true } ]
//
// The language is docs/settings.md, "Expressions". An Expression is immutable; any thread may evaluate it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "config/errors.h"
#include "config/expression/environment.h"
#include "config/expression/value.h"
#include "config/expression/variables.h"

namespace gannet::config {

namespace expression {
struct Tree;
struct Context;
}  // namespace expression

struct ExpressionLimits {
  std::size_t text_size = 16 * 1024;   // octets of one expression
  std::size_t nodes = 4096;            // operators, operands and calls
  std::size_t depth = 256;             // nesting of brackets, calls and operators
  std::size_t regex_size = 4096;       // octets of a regular expression
  std::size_t regex_memory = 1 << 20;  // octets that RE2 may use for a compiled one
  std::size_t string_size = 1 << 20;   // octets of a string that evaluation makes
  std::size_t array_size = 10'000;     // elements of an array that evaluation makes
};

class Expression {
 public:
  // `words` stand for themselves, as if quoted: the values of an enum. kInvalid says at which character;
  // kLimit.
  static Result<std::shared_ptr<const Expression>> compile(std::string_view text,
                                                           const std::vector<std::string_view>& words = {},
                                                           const ExpressionLimits& limits = {});
  static std::shared_ptr<const Expression> constant(Value value);
  // Each condition with its value, tried in order; `otherwise` (may be null) when none holds. A value may use
  // what its condition captured: $1.
  struct Branch {
    std::shared_ptr<const Expression> condition;
    std::shared_ptr<const Expression> value;
  };
  static std::shared_ptr<const Expression> conditional(std::vector<Branch> branches,
                                                       std::shared_ptr<const Expression> otherwise);

  // kInvalid for a value that an operator cannot take (division by zero), kLimit, or the environment's own
  // error.
  Result<Value> evaluate(const Variables& variables, Environment& environment) const;

  // evaluate(), and the value as the setting's type. Nothing when the value is nothing or `false`: the
  // setting is off. kInvalid when it is of another type.
  Result<bool> flag(const Variables& variables, Environment& environment) const;  // nothing counts as false
  Result<std::optional<std::int64_t>> integer(const Variables& variables, Environment& environment) const;
  Result<std::optional<Duration>> duration(const Variables& variables, Environment& environment) const;
  Result<std::optional<std::string>> string(const Variables& variables, Environment& environment) const;
  // One value gives one element.
  Result<std::vector<std::string>> list(const Variables& variables, Environment& environment) const;

  // The value, when it depends on nothing.
  const Value* constant_value() const;
  // All constants that it may give as a whole: its own, or those of its branches.
  std::vector<Value> constant_results() const;
  // The ids of directories that its functions ask by name; "*" is the default one.
  std::vector<std::string> named_directories() const;
  // Whether evaluation may ask the environment: then it belongs on the core.
  bool asks_environment() const;

 private:
  Expression() = default;
  Result<Value> run(expression::Context& context) const;

  std::shared_ptr<const expression::Tree> tree_;  // null for conditions
  std::vector<Branch> branches_;
  std::shared_ptr<const Expression> otherwise_;
  ExpressionLimits limits_;
};

}  // namespace gannet::config
