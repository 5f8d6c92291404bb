#pragma once

#include "base/result.h"

namespace gannet::smtp {

enum class SmtpError {
  kProtocol = 1,  // the other server's answer is no SMTP
};
constexpr const char* error_domain(SmtpError) {
  return "smtp";
}

}  // namespace gannet::smtp
