#include "mailbox/account_table.h"

#include <algorithm>

namespace gannet::mailbox {

AccountTable::AccountTable(std::size_t max_accounts, std::size_t max_mailboxes, std::uint64_t max_bytes)
    : max_weight_(std::max<std::uint64_t>(1, max_bytes)),
      least_weight_(std::max<std::size_t>(1, max_weight_ / std::max<std::size_t>(1, max_accounts))),
      mailbox_weight_(max_weight_ / std::max<std::size_t>(1, max_mailboxes)),
      max_accounts_(max_accounts),
      held_(max_weight_),
      entry_("account", [this] { return status(); }, [this] { clear(); }) {}

observe::CacheStatus AccountTable::status() {
  std::lock_guard lock(mutex_);
  return {.hits = hits_,
          .misses = misses_,
          .evictions = evictions_,
          .entries = held_.size(),
          .bytes = held_.weight(),
          .max_entries = max_accounts_,
          .max_bytes = max_weight_};
}

void AccountTable::clear() {
  std::lock_guard lock(mutex_);
  held_.clear();
}

void AccountTable::hold(const std::shared_ptr<Account>& account) {
  const std::size_t before = held_.size();
  const bool is_new = held_.get(account->id()) == nullptr;
  held_.put(account->id(), {account, weight_of(*account)}, weight_of(*account));
  evictions_ += before + (is_new ? 1 : 0) - held_.size();
}

std::shared_ptr<Account> AccountTable::open(AccountId id) {
  std::lock_guard lock(mutex_);
  if (const Held* held = held_.get(id)) {
    ++hits_;
    return held->account;
  }
  auto& known = all_[id];
  auto account = known.lock();
  ++(account ? hits_ : misses_);
  if (!account) {
    account = std::make_shared<Account>(id);
    known = account;
    if (all_.size() >= sweep_at_) sweep();
  }
  hold(account);
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
  hold(account);
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
