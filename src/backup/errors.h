#pragma once

#include "base/result.h"

namespace gannet::backup {

enum class BackupError {
  kFile = 1,  // a file or folder cannot be read or written
  kDamaged,   // a backup is not what was written
  kNotEmpty,  // where it would be restored there is something already
  kBusy,      // another backup is being made, or another restore
  kStopped,   // the server stops
};
constexpr const char* error_domain(BackupError) {
  return "backup";
}

}  // namespace gannet::backup
