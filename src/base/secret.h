// A password, key or token that must not reach a log: whoever needs it has to say reveal().
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace gannet {

inline constexpr std::string_view kSecretMask = "***";

// Prints as *** wherever logs and settings are shown; observe::Field and `gannet config show` rely on this
// type.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  const std::string& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

 private:
  std::string value_;
};

}  // namespace gannet
