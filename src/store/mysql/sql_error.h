// What the server or its client library said, and what that means to us.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "store/errors.h"

namespace gannet::store::mysql {

struct SqlError {
  unsigned code = 0;  // the server's from 1000, the client library's from 2000
  std::string text;
  // The server may have got the whole call. False: it certainly did not act on it.
  bool sent = false;

  // The connection is of no use any more.
  bool lost() const;
  // A new connection could not be made, since nobody is there.
  bool unreachable() const;
  // Another transaction was in the way; the same again may succeed: deadlock, lock wait, changed meanwhile.
  bool transient() const;
  // A precondition of commit_plan.h failed.
  bool precondition() const;
  // The server refuses all writes: full, or read-only.
  bool writes_refused() const;
  // For the operator to mend, as far as the settings go: login, database, privileges.
  bool refused() const;
  // Of the store, that is at fault then.
  std::string_view setting() const;
};

template <typename T>
using Outcome = std::expected<T, SqlError>;

// As callers of a DataStore know it; `doing` names the call for the operator.
std::unexpected<Error> fail_with(const SqlError& error, std::string_view doing);

}  // namespace gannet::store::mysql
