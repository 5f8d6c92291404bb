// The variables that an expression may name. Their names are those that users type, so they never change.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "config/expression/value.h"

namespace gannet::config {

enum class Variable {
  // The connection.
  kRemoteIp,
  kRemotePort,
  kLocalIp,
  kLocalPort,
  kListener,
  kIsTls,
  kProtocol,
  // The SMTP session and its message.
  kAuthenticatedAs,
  kHeloDomain,
  kSender,
  kSenderDomain,
  kRcpt,
  kRcptDomain,
  kRecipients,
  kPriority,
  kSize,
  kSource,
  // The queue.
  kMx,
  kRetryNum,
  kNotifyNum,
  kExpiresIn,
  kLastStatus,
  kLastError,
  kQueueName,
  kQueueAge,
  kReceivedFromIp,
  kReceivedViaPort,
  // HTTP.
  kUrl,
  kUrlPath,
  kHeaders,
  kMethod,
};

struct VariableInfo {
  Variable variable;
  std::string_view name;
  std::string_view sentence;
};
const std::vector<VariableInfo>& all_variables();
std::optional<Variable> find_variable(std::string_view name);

// Answers for one evaluation; the session or the queue implements it.
class Variables {
 public:
  virtual ~Variables() = default;
  // Value() when the variable has no meaning at this stage.
  virtual Value get(Variable variable) const = 0;
};

}  // namespace gannet::config
