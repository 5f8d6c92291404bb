#pragma once

#include "store/postgresql/connection.h"

namespace gannet::store::postgresql {

// Creates the tables that are missing, unless the server is a replica. Several may do it at once, on as many
// connections. kConfiguration: of a newer release, or not allowed to create.
Result<void> prepare_schema(Connection& connection, const PostgresqlOptions& options, Deadline deadline);

}  // namespace gannet::store::postgresql
