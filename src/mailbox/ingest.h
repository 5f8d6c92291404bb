// A call of Accounts::store() on its way: what all its copies share, made before any lock is taken, and what
// came of it.
#pragma once

#include <condition_variable>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "mailbox/account.h"
#include "mailbox/accounts.h"

namespace gannet::mailbox {

// Jobs of one account in an order that must not have holes. Guarded by the account's writing().
struct Series {
  bool stopped = false;    // by what was committed, or may have been
  bool stops_now = false;  // by the batch that is being built
};

struct Job {
  Job(const IncomingMessage& m, std::span<const Destination> d, Accounts::Extra e)
      : message(m), destinations(d), extra(std::move(e)) {}

  // What was asked; what it points to outlives the job.
  const IncomingMessage message;
  const std::span<const Destination> destinations;
  const Accounts::Extra extra;
  Accounts::Done done;             // null: a caller waits. Else the job owns itself while it is in a JobQueue
  std::shared_ptr<Series> series;  // null: it stands by itself

  std::vector<std::shared_ptr<Account>> accounts;  // ascending

  store::BlobId blob;
  std::vector<std::string> hashes;  // thread_hashes()
  // The summary for each length of trace among the destinations.
  std::vector<std::pair<std::size_t, std::string>> summaries;

  // What came of it: one answer a destination, or why all failed.
  std::vector<Stored> stored;
  std::optional<Error> failure;

  // For who waits in a JobQueue; guarded by its mutex.
  enum class State { kWaiting, kLeads, kDone };
  State state = State::kWaiting;
  std::condition_variable changed;

  std::string_view summary_for(const Destination& destination) const;
};

// Parses the message. kLimit if it is larger than the options allow.
Result<void> prepare(Job& job, const AccountsOptions& options);

}  // namespace gannet::mailbox
