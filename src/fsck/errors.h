#pragma once

#include "base/result.h"

namespace gannet::fsck {

enum class FsckError {
  kCancelled = 1,  // the administrator's wish
  kBusy,           // a run is going on
  kNotEmpty,       // salvage would write over something
};
constexpr const char* error_domain(FsckError) {
  return "fsck";
}

}  // namespace gannet::fsck
