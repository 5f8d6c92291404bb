#pragma once

#include "base/result.h"

namespace gannet::server {

enum class ServerError {
  kConfiguration = 1,  // the settings cannot be run as they are
  kNotFound,           // no such account
  kSystem,             // the system refused something that a server needs
};
constexpr const char* error_domain(ServerError) {
  return "server";
}

}  // namespace gannet::server
