#include "mailbox/metrics.h"

namespace gannet::mailbox {

Metrics::Metrics()
    : stored(observe::counter("gannet_mailbox_stored_total", "Copies of messages stored")),
      refused(
          observe::counter("gannet_mailbox_refused_total", "Copies of messages not stored: quota, limits")),
      jobs_per_commit(observe::histogram("gannet_mailbox_stores_per_commit",
                                         "Messages that share a commit of one account",
                                         {1, 2, 4, 8, 16, 32, 64})),
      conflicts(observe::counter("gannet_mailbox_conflicts_total",
                                 "Commits made again because the account had changed")) {}

LoadMetrics::LoadMetrics()
    : loads(observe::counter("gannet_mailbox_view_loads_total", "Accounts read whole")),
      replays(observe::counter("gannet_mailbox_view_replays_total",
                               "Accounts brought up to date from the log")) {}

}  // namespace gannet::mailbox
