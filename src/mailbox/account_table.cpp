#include "mailbox/account_table.h"

#include <algorithm>

namespace gannet::mailbox {

AccountTable::AccountTable(std::size_t max_accounts, std::uint64_t max_bytes)
    : max_weight_(std::max<std::uint64_t>(1, max_bytes)),
      least_weight_(std::max<std::size_t>(1, max_weight_ / std::max<std::size_t>(1, max_accounts))),
      held_(max_weight_) {}

std::shared_ptr<Account> AccountTable::open(AccountId id) {
  std::lock_guard lock(mutex_);
  if (const Held* held = held_.get(id)) return held->account;
  auto& known = all_[id];
  auto account = known.lock();
  if (!account) {
    account = std::make_shared<Account>(id);
    known = account;
    if (all_.size() >= sweep_at_) sweep();
  }
  held_.put(id, {account, weight_of(*account)}, weight_of(*account));
  return account;
}

std::shared_ptr<Account> AccountTable::find_now(AccountId id) {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  const Held* held = lock ? held_.get(id) : nullptr;
  return held ? held->account : nullptr;
}

void AccountTable::settle(const std::shared_ptr<Account>& account) {
  const std::size_t weight = weight_of(*account);
  std::lock_guard lock(mutex_);
  const Held* held = held_.get(account->id());
  if (held && held->account == account && weight <= held->weight + held->weight / 8 &&
      held->weight <= weight + weight / 8)
    return;
  // Another object of this number is there only after forget(): then this one has had its day.
  const auto known = all_.find(account->id());
  if (known == all_.end() || known->second.lock() != account) return;
  held_.put(account->id(), {account, weight}, weight);
}

void AccountTable::forget(AccountId id) {
  std::lock_guard lock(mutex_);
  held_.erase(id);
}

void AccountTable::sweep() {
  std::erase_if(all_, [](const auto& entry) { return entry.second.expired(); });
  sweep_at_ = std::max<std::size_t>(1024, all_.size() * 2);
}

}  // namespace gannet::mailbox
