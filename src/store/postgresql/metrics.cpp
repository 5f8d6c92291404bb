#include "store/postgresql/metrics.h"

namespace gannet::store::postgresql {

Metrics::Metrics(const std::string& id, std::function<PoolStatistics()> pool)
    : commit_seconds(observe::histogram("gannet_store_commit_seconds", "Time from a commit to its answer",
                                        observe::latency_buckets(), {{"store", id}})),
      conflicts(observe::counter("gannet_store_conflicts_total", "Commits whose precondition failed",
                                 {{"store", id}})),
      repeated(observe::counter("gannet_store_repeated_commits_total",
                                "Commits run again after a deadlock or serialization failure",
                                {{"store", id}})),
      lost(observe::counter("gannet_store_lost_connections_total", "Connections that broke or fell silent",
                            {{"store", id}})),
      open("gannet_store_connections", "Connections that are open", {{"store", id}},
           [pool] { return static_cast<double>(pool().open); }),
      in_use("gannet_store_connections_in_use", "Connections that a call uses", {{"store", id}},
             [pool] { return static_cast<double>(pool().in_use); }) {}

}  // namespace gannet::store::postgresql
