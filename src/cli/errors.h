#pragma once

#include "base/result.h"

namespace gannet::cli {

enum class CliError {
  kUsage = 1,  // what was typed cannot be meant
  kFile,       // a file cannot be read or written
  kServer,     // the server answered with an error, or not at all
};
constexpr const char* error_domain(CliError) {
  return "cli";
}

}  // namespace gannet::cli
