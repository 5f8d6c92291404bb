// Queries as operators write them: `?` or `$1`, whatever the database. Each stands for the one value that is bound.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "directory/sql/connection.h"

namespace gannet::directory::sql {

// The query as `engine` wants it: `$1` for PostgreSQL, `?` for MySQL, `?1` for SQLite. Placeholders inside of quotes
// and comments are no placeholders. Where `$1` is written, a `?` is left alone: PostgreSQL has operators of that name.
// kInvalid: there is no placeholder, or another than the first ($2).
Result<std::string> with_placeholders(Engine engine, std::string_view query);

}  // namespace gannet::directory::sql
