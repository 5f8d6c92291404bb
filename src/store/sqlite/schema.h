#pragma once

#include "store/sqlite/connection.h"

namespace gannet::store::sqlite {

// Makes the tables that are not there, and sets what lasts in the file (WAL, the marks that it is ours).
// kConfiguration: the file belongs to another program, to a newer release, or cannot have a WAL.
Result<void> prepare_schema(Connection& writer);

}  // namespace gannet::store::sqlite
