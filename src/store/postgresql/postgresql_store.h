// PostgreSQL as a DataStore, for one or more Gannets on one database.
//
// A subspace is a table `gannet_NAME (k bytea primary key, v bytea)` in the first schema of the connection's search
// path. A read is one statement; a commit is one round trip and one transaction (committer.h). Needs PostgreSQL 12
// or newer.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "store/data_store.h"

namespace gannet::store {

struct PostgresqlOptions {
  std::string id = "postgresql";                     // of the store, as metrics and events call it
  std::string host, port, database, user, password;  // empty: libpq's own
  std::string options;                               // for the session, as libpq's `options`: "-c name=value"
  bool tls = false;                                  // false: libpq's own choice is "never"
  bool allow_invalid_certificates = false;           // encrypted, but to whoever answers
  std::string ca_file;                               // empty: the system's
  Duration timeout{30'000};                          // of a connection attempt, and of a call
  std::size_t max_connections = 10, min_connections = 0;                         // snapshots apart
  Duration create_timeout{30'000}, wait_timeout{30'000}, check_timeout{30'000};  // of the pool
  Duration probe_interval{1'000};             // while the server cannot be reached
  std::size_t max_snapshots = 10;             // each has a connection of its own
  Duration max_snapshot_age{300'000};         // then it ends: it holds back the server's clean-up
  std::vector<std::string> execute_at_start;  // SQL
};

// Creates what is missing in the database; several may do so at once. kConfiguration: refused by the server, of a
// newer release, or not allowed to create. kUnavailable: the server cannot be reached. `clock` must outlive it.
// The store is a Replicated (replicated.h), too.
Result<std::shared_ptr<DataStore>> open_postgresql(const PostgresqlOptions& options, Clock& clock);

}  // namespace gannet::store
