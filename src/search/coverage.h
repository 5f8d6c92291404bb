// Whether the index in force has all mail, or was chosen, made anew or emptied since.
//
// The store for data keeps the identity of the index that everything was indexed in (store::complete_index_key()). Where
// the one in force is another one, all accounts are listed to be indexed anew (indexing_list.h), and until that is
// done searches look into the messages themselves: so a result is never missing. Whoever has asked an index asks
// afterwards whether it is still that one: so one that was removed or made anew meanwhile is noticed by the first
// search that it would answer wrongly.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "store/migration/search_mover.h"
#include "store/stores.h"

namespace gannet::search {

// Any thread. `clock` must outlive it.
class Coverage {
 public:
  // `documents`: what there is to be indexed.
  Coverage(std::shared_ptr<store::SearchStore> index, std::shared_ptr<store::DataStore> data,
           std::shared_ptr<store::migration::SearchDocuments> documents, const Clock& clock);

  // False until check() has succeeded once, and from lost() until it succeeds again: what the index does not find may be
  // there all the same.
  bool known() const { return known_; }
  // Whether `index`, which has just answered, was the one that has everything. If not, the next check() is due at
  // once: whom when_lost() names is told.
  bool still(store::SearchStore& index) const;
  // Called on the thread of a search, perhaps by several at once; null for nobody (waits for calls that run).
  void when_lost(std::function<void()> tell);
  // Asks the index who it is, at most once a minute after that succeeded; lists what it lacks.
  Result<void> check();

 private:
  Result<void> list_all(const std::string& identity);

  const std::shared_ptr<store::SearchStore> index_;
  const std::shared_ptr<store::DataStore> data_;
  const std::shared_ptr<store::migration::SearchDocuments> documents_;
  const Clock& clock_;
  std::mutex mutex_;  // of check()
  SteadyTime checked_{};
  mutable std::atomic<bool> known_{false};

  mutable std::mutex told_mutex_;
  std::string complete_;  // the identity of the index that has everything
  std::function<void()> tell_;
};

}  // namespace gannet::search
