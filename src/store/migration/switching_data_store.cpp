#include "store/migration/switching_data_store.h"

#include <algorithm>

#include "store/migration/changed_keys.h"

namespace gannet::store::migration {

SwitchingDataStore::SwitchingDataStore(std::shared_ptr<DataStore> store, Clock& clock, Random& random,
                                       SwitchingOptions options)
    : clock_(clock),
      random_(random),
      options_(options),
      stores_{std::move(store)},
      current_(stores_.front().get()) {}

Result<void> SwitchingDataStore::commit(WriteBatch batch) {
  if (const Duration delay = delay_; delay > Duration{}) clock_.sleep(delay);
  bool tracked = false;
  std::size_t slot = 0;
  DataStore* store = nullptr;
  {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, options_.commit_wait, [&] { return !paused_; }))
      return fail(StoreError::kUnavailable, "the store is just being changed for another one: try again",
                  Retry::kCanHelp);
    tracked = tracked_;
    slot = generation_ & 1;
    ++under_way_[slot];
    store = current_.load(std::memory_order_relaxed);
  }
  if (tracked) list_changes(batch, clock_.now(), random_);
  auto done = store->commit(std::move(batch));
  const std::scoped_lock lock(mutex_);
  if (--under_way_[slot] == 0) changed_.notify_all();
  return done;
}

void SwitchingDataStore::track(bool on) {
  std::unique_lock lock(mutex_);
  if (tracked_ == on) return;
  tracked_ = on;
  const std::size_t before = generation_++ & 1;
  changed_.wait(lock, [&] { return under_way_[before] == 0; });
}

bool SwitchingDataStore::pause(Duration limit) {
  std::unique_lock lock(mutex_);
  paused_ = true;
  if (changed_.wait_for(lock, limit, [&] { return under_way_[0] == 0 && under_way_[1] == 0; })) return true;
  paused_ = false;
  changed_.notify_all();
  return false;
}

void SwitchingDataStore::resume() {
  const std::scoped_lock lock(mutex_);
  paused_ = false;
  changed_.notify_all();
}

void SwitchingDataStore::switch_to(std::shared_ptr<DataStore> store, bool track) {
  const std::scoped_lock lock(mutex_);
  tracked_ = track;
  current_.store(store.get(), std::memory_order_release);
  if (std::ranges::find(stores_, store) == stores_.end()) stores_.push_back(std::move(store));
}

}  // namespace gannet::store::migration
