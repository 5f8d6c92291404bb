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

// A text that is a URL, to be shown: a password in it (SCHEME://USER:PASSWORD@HOST) and parameters that are called like
// one (?password=...) are ***. Any other text as it is. A password that has characters in it which ought to be written
// as %XX is masked as well, which may take more than it from view.
std::string mask_url(std::string_view text);

}  // namespace gannet
