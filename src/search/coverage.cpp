#include "search/coverage.h"

#include <algorithm>
#include <utility>

#include "observe/log.h"
#include "search/in_force.h"
#include "search/indexing_list.h"

namespace gannet::search {
namespace {

constexpr Duration kAskAgain = std::chrono::minutes(1);
constexpr std::size_t kAccountsAtOnce = 500;

}  // namespace

Coverage::Coverage(std::shared_ptr<store::SearchStore> index, std::shared_ptr<store::DataStore> data,
                   std::shared_ptr<store::migration::SearchDocuments> documents, const Clock& clock)
    : index_(std::move(index)), data_(std::move(data)), documents_(std::move(documents)), clock_(clock) {}

Result<void> Coverage::check() {
  const std::scoped_lock lock(mutex_);
  if (known_ && clock_.steady() - checked_ < kAskAgain) return {};
  const auto index = index_in_force(index_);
  const std::string identity = TRY(index->identity());
  const std::string key = store::complete_index_key();
  const auto complete = TRY(data_->get(key));
  if (complete != identity) {
    // Ours in the store for data knows by itself what it lacks, and has been there from the beginning.
    const auto* ours = dynamic_cast<const IndexStore*>(index.get());
    const bool always_there = ours != nullptr && ours->data() == data_ && !complete;
    if (!always_there) TRY(list_all(identity));
    store::WriteBatch batch;
    if (complete)
      batch.require_value(key, *complete);
    else
      batch.require_absent(key);
    batch.set(key, identity);
    TRY(data_->commit(std::move(batch)));
  }
  checked_ = clock_.steady();
  {
    const std::scoped_lock told(told_mutex_);
    complete_ = identity;
  }
  known_ = true;
  return {};
}

bool Coverage::still(store::SearchStore& index) const {
  const auto identity = index.identity();
  const std::scoped_lock lock(told_mutex_);
  if (identity && *identity == complete_) return true;
  known_ = false;
  if (tell_) tell_();
  return false;
}

void Coverage::when_lost(std::function<void()> tell) {
  const std::scoped_lock lock(told_mutex_);
  tell_ = std::move(tell);
}

Result<void> Coverage::list_all(const std::string& identity) {
  known_ = false;
  const auto accounts = TRY(documents_->accounts());
  for (std::size_t at = 0; at < accounts.size();) {
    store::WriteBatch batch;
    for (const std::size_t end = std::min(accounts.size(), at + kAccountsAtOnce); at < end; ++at)
      list_rebuild(batch, accounts[at], clock_.now(), {}, TRY(documents_->count(accounts[at])));
    TRY(data_->commit(std::move(batch)));
  }
  observe::info("search.index-is-new", {{"index", identity}, {"accounts", accounts.size()}});
  return {};
}

}  // namespace gannet::search
