#include "mailbox/announcer.h"

#include <algorithm>
#include <utility>

namespace gannet::mailbox {

struct Announcer::Ticket {
  std::shared_ptr<Table> table;
  AccountId account;
  std::shared_ptr<Entry> entry;

  Ticket(std::shared_ptr<Table> t, AccountId a, std::shared_ptr<Entry> e)
      : table(std::move(t)), account(a), entry(std::move(e)) {}
  Ticket(const Ticket&) = delete;
  ~Ticket() {
    {
      std::lock_guard lock(table->mutex);
      const auto found = table->accounts.find(account);
      std::erase(found->second.entries, entry);
      if (found->second.entries.empty()) table->accounts.erase(found);
    }
    // Waits for a call on another thread.
    std::lock_guard lock(entry->mutex);
    entry->ended = true;
  }
};

Subscription Announcer::subscribe(AccountId account, Listener listener) {
  auto entry = std::make_shared<Entry>();
  entry->listener = std::move(listener);
  {
    std::lock_guard lock(table_->mutex);
    table_->accounts[account].entries.push_back(entry);
  }
  return std::make_shared<Ticket>(table_, account, std::move(entry));
}

void Announcer::announce(AccountId account, Modseq modseq) {
  std::vector<std::shared_ptr<Entry>> entries;
  {
    std::lock_guard lock(table_->mutex);
    const auto found = table_->accounts.find(account);
    if (found == table_->accounts.end()) return;
    found->second.announced = std::max(found->second.announced, modseq);
    entries = found->second.entries;
  }
  for (const auto& entry : entries) {
    std::lock_guard lock(entry->mutex);
    if (!entry->ended) entry->listener(account, modseq);
  }
}

std::vector<std::pair<AccountId, Modseq>> Announcer::watched() const {
  std::vector<std::pair<AccountId, Modseq>> out;
  std::lock_guard lock(table_->mutex);
  out.reserve(table_->accounts.size());
  for (const auto& [account, watched] : table_->accounts) out.emplace_back(account, watched.announced);
  return out;
}

}  // namespace gannet::mailbox
