// How many sessions each account has (imap.rate-limit.concurrent).
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "mailbox/types.h"

namespace gannet::imap {

class AccountSessions;

// One session's place; given back when it goes.
class AccountPlace {
 public:
  AccountPlace() = default;
  AccountPlace(AccountPlace&& other) noexcept = default;
  AccountPlace& operator=(AccountPlace&& other) noexcept {
    leave();
    sessions_ = std::move(other.sessions_);
    account_ = other.account_;
    return *this;
  }
  ~AccountPlace() { leave(); }

 private:
  friend class AccountSessions;
  AccountPlace(std::shared_ptr<AccountSessions> sessions, mailbox::AccountId account)
      : sessions_(std::move(sessions)), account_(account) {}
  void leave();

  std::shared_ptr<AccountSessions> sessions_;
  mailbox::AccountId account_ = 0;
};

// Any thread.
class AccountSessions : public std::enable_shared_from_this<AccountSessions> {
 public:
  // Nothing when the account has `limit` sessions already; 0 is no limit.
  std::optional<AccountPlace> enter(mailbox::AccountId account, std::uint64_t limit);

 private:
  friend class AccountPlace;
  void leave(mailbox::AccountId account);

  std::mutex mutex_;
  std::unordered_map<mailbox::AccountId, std::uint64_t> counts_;
};

}  // namespace gannet::imap
