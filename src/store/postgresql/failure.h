// What PostgreSQL said, as an Error.
#pragma once

#include <string>
#include <string_view>

#include "store/errors.h"

namespace gannet::store::postgresql {

// A statement that failed. `sqlstate` of five characters; `message` is the server's own.
Error statement_error(std::string_view sqlstate, const std::string& message);
// Serialization failures and deadlocks: the same transaction may go through when it is run again.
bool passes_when_repeated(std::string_view sqlstate);

Error connection_lost(std::string detail);
Error timed_out(std::string_view doing);

}  // namespace gannet::store::postgresql
