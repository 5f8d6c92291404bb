#pragma once

#include "base/result.h"

namespace gannet::directory {

enum class DirectoryError {
  kUnavailable = 1,  // the directory cannot be asked now: a temporary failure, never "no such user"
  kNotFound,         // the principal that an administrator named does not exist
  kExists,           // the name or address is taken
  kInvalid,          // a malformed name, address, quota, role or password
  kReadOnly,         // this directory's data belongs to another system, which the text names
  kDenied,           // the principal may not do this
};
constexpr const char* error_domain(DirectoryError) {
  return "directory";
}

}  // namespace gannet::directory
