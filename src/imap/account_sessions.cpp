#include "imap/account_sessions.h"

namespace gannet::imap {

void AccountPlace::leave() {
  if (sessions_) sessions_->leave(account_);
  sessions_.reset();
}

std::optional<AccountPlace> AccountSessions::enter(mailbox::AccountId account, std::uint64_t limit) {
  if (limit == 0) return AccountPlace();
  const std::lock_guard lock(mutex_);
  auto& count = counts_[account];
  if (count >= limit) return std::nullopt;
  ++count;
  return AccountPlace(shared_from_this(), account);
}

void AccountSessions::leave(mailbox::AccountId account) {
  const std::lock_guard lock(mutex_);
  const auto at = counts_.find(account);
  if (at != counts_.end() && --at->second == 0) counts_.erase(at);
}

}  // namespace gannet::imap
