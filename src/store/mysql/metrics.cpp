#include "store/mysql/metrics.h"

namespace gannet::store::mysql {

Metrics::Metrics(const std::string& id)
    : commit_seconds(observe::histogram("gannet_store_commit_seconds", "Time from a commit to its answer",
                                        observe::latency_buckets(), {{"store", id}})),
      conflicts(observe::counter("gannet_store_conflicts_total", "Commits whose precondition failed",
                                 {{"store", id}})),
      retries(observe::counter("gannet_store_retries_total",
                               "Commits that were done again after a deadlock or a lock that took too long",
                               {{"store", id}})) {}

}  // namespace gannet::store::mysql
