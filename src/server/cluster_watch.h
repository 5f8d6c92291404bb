// Tells the sessions of this node what other nodes change, when several Gannets share one data store.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "mailbox/accounts.h"

namespace gannet::server {

// One thread of its own from construction to destruction; every `interval` it looks at the accounts that
// sessions wait for (IDLE). What it cannot read now it reads the next time: a store that is away is told of by
// the store's own health.
class ClusterWatch {
 public:
  ClusterWatch(std::shared_ptr<mailbox::Accounts> accounts, Duration interval);
  ~ClusterWatch();
  ClusterWatch(const ClusterWatch&) = delete;
  ClusterWatch& operator=(const ClusterWatch&) = delete;

 private:
  void run();

  const std::shared_ptr<mailbox::Accounts> accounts_;
  const Duration interval_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace gannet::server
