#pragma once

#include "base/result.h"

namespace gannet::http {

enum class HttpError {
  kInvalid = 1,  // a setting or a route that cannot be used
};
constexpr const char* error_domain(HttpError) {
  return "http";
}

}  // namespace gannet::http
