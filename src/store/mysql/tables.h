// The tables: one a subspace, and `gannet_schema` for what Gannet knows of them.
//
//   gannet_schema  name VARCHAR(64) primary key, value BIGINT
//     'version'    of the tables; written last, so that all are there where it is
//     'probe'      counts how often Gannet tried whether the server writes again
//   gannet_SUBSPACE  k VARBINARY(1024) primary key (the whole key), v LONGBLOB
//
// With pages of 8 KB InnoDB takes keys of 1536 bytes, with 16 KB and more 3072; with 4 KB only 768, which is refused.
#pragma once

#include <string_view>

#include "store/mysql/connection.h"

namespace gannet::store::mysql {

// "gannet_account" for a key of Subspace::kAccount. The key's subspace must be known.
std::string_view table_of(std::string_view key);

// What this server can hold, and how much one call may send.
struct ServerLimits {
  DataStoreLimits store;
  std::size_t max_statements = 0;  // bytes of one call's statements
};

// Checks what the server offers, warns in the log of settings that would lose mail, and makes the tables unless they
// are there. Any number of Gannets at once. kConfiguration: see open_mysql().
Result<ServerLimits> prepare_database(Connection& connection, const MySqlOptions& options);

// Fails while the server does not write.
Outcome<void> probe_writing(Connection& connection);

}  // namespace gannet::store::mysql
