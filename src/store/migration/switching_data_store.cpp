#include "store/migration/switching_data_store.h"

#include <algorithm>

#include "store/migration/changed_keys.h"

namespace gannet::store::migration {

SwitchingDataStore::SwitchingDataStore(std::shared_ptr<DataStore> store, Clock& clock, Random& random,
                                       SwitchingOptions options)
    : clock_(clock),
      random_(random),
      gate_(options.commit_wait, clock),
      stores_{std::move(store)},
      current_(stores_.front().get()) {}

Result<void> SwitchingDataStore::commit(WriteBatch batch) {
  const auto pass = TRY(gate_.enter());
  if (pass.tracked()) list_changes(batch, clock_.now(), random_);
  return current().commit(std::move(batch));
}

void SwitchingDataStore::switch_to(std::shared_ptr<DataStore> store, bool track) {
  gate_.track_paused(track);
  current_.store(store.get(), std::memory_order_release);
  if (std::ranges::find(stores_, store) == stores_.end()) stores_.push_back(std::move(store));
}

}  // namespace gannet::store::migration
