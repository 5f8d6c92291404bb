// MySQL and MariaDB as a DataStore: one database, shared by any number of Gannets.
//
// A subspace is a table of InnoDB, `gannet_` and its name, with the whole key (k) and the value (v). A commit is
// one round trip where no value is large (commit_plan.h); its locks are held on the server only, never across
// a round trip of the client, so that writers of one account hardly wait for each other
// (docs/decisions/0014-mysql-commits.md).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/pool.h"
#include "base/secret.h"
#include "store/data_store.h"

namespace gannet::store {

struct MySqlOptions {
  std::string id = "mysql";  // of the store, as metrics and events call it
  std::string host{};        // a name, an address, or the path of a socket; empty: the client library's own
  std::uint16_t port = 0;    // 0: 3306, or the client library's own
  std::string database{}, user{};
  Secret password{};
  // The largest packet in bytes, if smaller than the server's own; 0: the server's own.
  std::uint64_t max_packet = 0;
  // How long to wait for an answer, or for the server to take what is sent. Rounded up to seconds.
  Duration timeout{30'000};
  Duration create_timeout{30'000};  // for a connection to be made
  Duration check_timeout{30'000};   // for one that was idle to show that it still works
  PoolOptions pool{};               // half of the connections may be held by snapshots
  Duration snapshot_lifetime{10 * 60'000};
  // How often a server that could not be reached is tried again.
  Duration probe_interval{1000};
  bool tls = false;
  bool allow_invalid_certs = false;
  std::string ca_file{};            // PEM; empty: what SSL_CERT_FILE names, or else the system's
  std::vector<std::string> init{};  // statements, run once when it is opened
};

// Makes the tables if they are not there. kConfiguration for what only the operator can mend: a refused login, no
// such database, a server that cannot hold what Gannet needs, tables of a newer Gannet; kUnavailable when the
// server cannot be reached. `clock` must outlive the store.
Result<std::shared_ptr<DataStore>> open_mysql(const MySqlOptions& options, Clock& clock);

}  // namespace gannet::store
