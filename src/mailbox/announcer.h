// Who wants to know when an account changes.
#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "mailbox/accounts.h"

namespace gannet::mailbox {

// Any thread. Subscriptions may outlive it.
class Announcer {
 public:
  Subscription subscribe(AccountId account, Listener listener);
  // Calls the listeners, one after the other; call without any lock held.
  void announce(AccountId account, Modseq modseq);
  // Whom somebody listens to, and what was announced last, by whichever node made the change (0: nothing yet).
  std::vector<std::pair<AccountId, Modseq>> watched() const;

 private:
  struct Entry {
    std::recursive_mutex mutex;  // held while the listener runs, which may end its own subscription
    Listener listener;
    bool ended = false;
  };
  struct Watched {
    std::vector<std::shared_ptr<Entry>> entries;  // never empty
    Modseq announced = 0;
  };
  struct Table {
    std::mutex mutex;
    std::unordered_map<AccountId, Watched> accounts;
  };
  struct Ticket;

  std::shared_ptr<Table> table_ = std::make_shared<Table>();
};

}  // namespace gannet::mailbox
