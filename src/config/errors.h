#pragma once

namespace gannet::config {

enum class ConfigError {
  kInvalid,      // a file, a value or an expression is wrong
  kNotFound,     // no such setting, or no such file
  kOwnedByFile,  // the operator's file sets this key, so it cannot be changed at run time
  kLimit,        // an expression exceeds a limit
  kUnavailable,  // an expression asks for something that is not there now; trying again can help
};
constexpr const char* error_domain(ConfigError) {
  return "config";
}

}  // namespace gannet::config
