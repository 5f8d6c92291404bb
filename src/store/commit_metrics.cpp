#include "store/commit_metrics.h"

namespace gannet::store {

CommitMetrics::CommitMetrics(const std::string& id)
    : commit_seconds(observe::histogram("gannet_store_commit_seconds", "Time from a commit to its answer",
                                        observe::latency_buckets(), {{"store", id}})),
      group_size(observe::histogram("gannet_store_commit_group", "Commits that shared one write",
                                    {1, 2, 4, 8, 16, 32, 64, 128, 256}, {{"store", id}})),
      conflicts(observe::counter("gannet_store_conflicts_total", "Commits whose precondition failed",
                                 {{"store", id}})) {}

}  // namespace gannet::store
