#pragma once

#include "base/result.h"

namespace gannet::mta {

enum class MtaError {
  kInvalid = 1,  // a setting has a value that cannot be used; the text names it
  kCorrupt,      // a queue record cannot be read
  kLost,         // a lease ran out and another worker has the queue entry
};
constexpr const char* error_domain(MtaError) {
  return "mta";
}

}  // namespace gannet::mta
