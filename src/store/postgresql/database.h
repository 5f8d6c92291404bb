// The connections of one store, and what is shared by its reader, its committer and its snapshots.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "base/pool.h"
#include "store/postgresql/connection.h"
#include "store/postgresql/metrics.h"
#include "store/server_health.h"

namespace gannet::store::postgresql {

// Any thread.
class Database {
 public:
  using Lease = Pool<Connection>::Lease;

  static Result<std::shared_ptr<Database>> open(const PostgresqlOptions& options, Clock& clock);
  ~Database();
  Database(const Database&) = delete;

  // One that works as far as can be known without asking. kUnavailable: none came free, or none can be made.
  Result<Lease> take() { return take_from(connections_); }
  PoolStatistics connections() const { return connections_.statistics(); }
  // From those of snapshots.
  Result<Lease> take_for_snapshot() { return take_from(snapshot_connections_); }
  // After a call on `lease` that failed: a broken connection is closed, and a server that was silent is told of.
  void account(Lease& lease);

  // A call's, from now on.
  Deadline deadline() const;

  // Calls `read(connection, deadline)`, once more on another connection if the first was lost under it.
  template <typename Read>
  auto read(Read read) -> decltype(read(std::declval<Connection&>(), Deadline())) {
    const Deadline until = deadline();
    for (bool again = true;; again = false) {
      auto lease = TRY(take());
      auto answer = read(*lease, until);
      if (answer) return answer;
      const bool repeat = again && (lease->broken() ? !lease->gave_up() : passes_again(*lease));
      account(lease);
      if (!repeat) return answer;
    }
  }

  const PostgresqlOptions& options() const { return options_; }
  Clock& clock() { return clock_; }
  ServerHealth& server() { return *server_; }
  const Metrics& metrics() const { return metrics_; }

 private:
  Database(const PostgresqlOptions& options, Clock& clock);
  Result<std::unique_ptr<Connection>> connect() const;
  Result<Lease> take_from(Pool<Connection>& pool);
  Result<void> probe();
  static bool passes_again(const Connection& connection);

  const PostgresqlOptions options_;
  Clock& clock_;
  Pool<Connection> connections_, snapshot_connections_;
  const Metrics metrics_;
  bool replica_ = false;                  // it was one when it was opened
  std::unique_ptr<ServerHealth> server_;  // last: its thread uses the others
};

}  // namespace gannet::store::postgresql
