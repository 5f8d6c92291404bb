// The accounts in memory: one Account object for each number, for as long as anybody holds it; those used
// last are held by the table itself.
#pragma once

#include <algorithm>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "base/lru_cache.h"
#include "mailbox/account.h"
#include "observe/caches.h"

namespace gannet::mailbox {

// Any thread.
class AccountTable {
 public:
  // Held are at most so many accounts with so many mailboxes that have messages, and bytes.
  AccountTable(std::size_t max_accounts, std::size_t max_mailboxes, std::uint64_t max_bytes);

  std::shared_ptr<Account> open(AccountId id);
  // Without waiting: null where it is not in memory or another thread is in here.
  std::shared_ptr<Account> find_now(AccountId id);
  // Tells the table that the account may weigh something else now.
  void settle(const std::shared_ptr<Account>& account);
  void forget(AccountId id);

 private:
  struct Held {
    std::shared_ptr<Account> account;
    std::size_t weight;
  };
  // An account that is heavier than the whole cache is kept all the same, then alone: to load it for every
  // call would be worse.
  std::size_t weight_of(const Account& account) const {
    const std::size_t weight = std::max(account.weight(), account.filled() * mailbox_weight_);
    return std::clamp(weight, least_weight_, max_weight_);
  }
  observe::CacheStatus status();
  void clear();
  void hold(const std::shared_ptr<Account>& account);
  void sweep();

  const std::size_t max_weight_;
  // So that the bound on bytes bounds the number of accounts and of mailboxes too.
  const std::size_t least_weight_, mailbox_weight_;
  const std::size_t max_accounts_;
  std::mutex mutex_;
  LruCache<AccountId, Held> held_;
  std::unordered_map<AccountId, std::weak_ptr<Account>> all_;
  std::size_t sweep_at_ = 1024;
  std::uint64_t hits_ = 0, misses_ = 0;  // an account that somebody else holds is found, too
  std::uint64_t evictions_ = 0;
  const observe::CacheEntry entry_;
};

}  // namespace gannet::mailbox
