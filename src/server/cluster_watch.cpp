#include "server/cluster_watch.h"

#include "observe/log.h"

namespace gannet::server {

ClusterWatch::ClusterWatch(std::shared_ptr<mailbox::Accounts> accounts, Duration interval)
    : accounts_(std::move(accounts)), interval_(interval) {
  thread_ = std::thread([this] { run(); });
}

ClusterWatch::~ClusterWatch() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void ClusterWatch::run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, interval_, [this] { return stop_; })) {
    lock.unlock();
    if (const auto looked = accounts_->announce_changes_of_others(); !looked)
      observe::debug("cluster.watch-failed", {{"reason", looked.error().describe()}});
    lock.lock();
  }
}

}  // namespace gannet::server
