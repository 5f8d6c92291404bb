// The logins that sessions of this server live on, so that they can be ended: the account was removed or disabled, or
// its password changed. A session asks before each command; one that rests is told nothing more.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "directory/principal.h"

namespace gannet::login {

// What the sessions of one account share. Any thread.
class LiveLogin {
 public:
  bool ended() const { return ended_.load(std::memory_order_relaxed); }

 private:
  friend class LiveLogins;
  std::atomic<bool> ended_{false};
};
using LiveLoginPtr = std::shared_ptr<const LiveLogin>;

// Any thread.
class LiveLogins {
 public:
  // For a session that has just logged in.
  LiveLoginPtr enter(directory::AccountId account);
  // For all sessions of the account so far.
  void end(directory::AccountId account);

 private:
  void sweep();

  std::mutex mutex_;
  std::unordered_map<directory::AccountId, std::weak_ptr<LiveLogin>> accounts_;
  std::size_t sweep_at_ = 1024;
};

}  // namespace gannet::login
