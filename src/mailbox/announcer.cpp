#include "mailbox/announcer.h"

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
      const auto found = table->entries.find(account);
      std::erase(found->second, entry);
      if (found->second.empty()) table->entries.erase(found);
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
    table_->entries[account].push_back(entry);
  }
  return std::make_shared<Ticket>(table_, account, std::move(entry));
}

void Announcer::announce(AccountId account, Modseq modseq) {
  std::vector<std::shared_ptr<Entry>> entries;
  {
    std::lock_guard lock(table_->mutex);
    const auto found = table_->entries.find(account);
    if (found == table_->entries.end()) return;
    entries = found->second;
  }
  for (const auto& entry : entries) {
    std::lock_guard lock(entry->mutex);
    if (!entry->ended) entry->listener(account, modseq);
  }
}

}  // namespace gannet::mailbox
