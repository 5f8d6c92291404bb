#include "login/live_logins.h"

#include <algorithm>

namespace gannet::login {

LiveLoginPtr LiveLogins::enter(directory::AccountId account) {
  const std::lock_guard lock(mutex_);
  if (accounts_.size() >= sweep_at_) sweep();
  auto& known = accounts_[account];
  auto login = known.lock();
  if (!login) known = login = std::make_shared<LiveLogin>();
  return login;
}

void LiveLogins::end(directory::AccountId account) {
  const std::lock_guard lock(mutex_);
  const auto found = accounts_.find(account);
  if (found == accounts_.end()) return;
  if (const auto login = found->second.lock()) login->ended_ = true;
  accounts_.erase(found);
}

// Accounts whose sessions have all gone; seldom enough that it costs each entry little.
void LiveLogins::sweep() {
  std::erase_if(accounts_, [](const auto& one) { return one.second.expired(); });
  sweep_at_ = std::max<std::size_t>(1024, 2 * accounts_.size());
}

}  // namespace gannet::login
