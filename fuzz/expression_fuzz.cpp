// Any text as an expression: compiling and evaluating end with a value or an error, within the limits.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "config/expression/expression.h"

namespace {

using namespace gannet;
using config::Value;

// Answers from the input, so that values of every kind reach the functions.
class FuzzVariables final : public config::Variables {
 public:
  explicit FuzzVariables(std::string_view input) : input_(input) {}
  Value get(config::Variable variable) const override {
    switch (static_cast<int>(variable) % 6) {
      case 0:
        return Value(input_);
      case 1:
        return Value(static_cast<std::int64_t>(input_.size()));
      case 2:
        return Value(Value::Array{Value(input_), Value(), Value(1.5)});
      case 3:
        return Value(true);
      case 4:
        return Value("192.0.2.1");
      default:
        return {};
    }
  }

 private:
  std::string_view input_;
};

class FuzzEnvironment final : public config::Environment {
 public:
  Result<bool> is_local_domain(std::string_view, std::string_view domain) override { return !domain.empty(); }
  Result<Value> key_get(std::string_view, std::string_view key) override { return Value(key); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  config::ExpressionLimits limits;
  limits.string_size = 64 * 1024;
  const auto expression = config::Expression::compile(text, {"relaxed", "strict"}, limits);
  if (!expression) {
    GANNET_CHECK(!expression.error().text().empty());
    return 0;
  }
  const FuzzVariables variables(text);
  FuzzEnvironment environment;
  const auto value = (*expression)->evaluate(variables, environment);
  if (value && value->is_string())
    GANNET_CHECK(value->string()->size() <= std::max(limits.string_size, size));
  (void)(*expression)->list(variables, environment);
  (void)(*expression)->duration(variables, environment);
  return 0;
}
