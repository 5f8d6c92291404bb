// The DataStore that the server's parts hold: it passes everything on to the store in force, and can be told to
// use another one while they go on.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "store/data_store.h"
#include "store/migration/write_gate.h"

namespace gannet::store::migration {

struct SwitchingOptions {
  // How long a commit waits while commits are paused, before it is answered kUnavailable ("try again").
  Duration commit_wait{30'000};
};

// Any thread for what is a DataStore's; the rest for one thread, that of the migration.
class SwitchingDataStore final : public DataStore {
 public:
  // `clock` and `random` must outlive it.
  SwitchingDataStore(std::shared_ptr<DataStore> store, Clock& clock, Random& random,
                     SwitchingOptions options = {});

  // From its return on every commit lists its changes (or none does); those begun before have ended.
  void track(bool on) { gate_.track(on); }
  // From now on each commit that is tracked waits so long first, lest changes come faster than they are copied.
  void slow_down(Duration delay) { gate_.slow_down(delay); }
  // False if commits are still under way after `limit`: then nothing is paused.
  bool pause(Duration limit) { return gate_.pause(limit); }
  void resume() { gate_.resume(); }
  // Whether `store` is the one in force.
  bool uses(const std::shared_ptr<DataStore>& store) const { return &current() == store.get(); }
  // Only while paused. `track`: as track().
  void switch_to(std::shared_ptr<DataStore> store, bool track);

  Result<std::optional<std::string>> get(std::string_view key) override { return current().get(key); }
  Result<std::vector<std::optional<std::string>>> get_many(std::span<const std::string> keys) override {
    return current().get_many(keys);
  }
  Result<Page> scan(const Range& range) override { return current().scan(range); }
  Result<std::shared_ptr<Snapshot>> snapshot() override { return current().snapshot(); }
  Result<void> commit(WriteBatch batch) override;
  DataStoreLimits limits() const override { return current().limits(); }
  DataStoreStatistics statistics() const override { return current().statistics(); }
  std::optional<PoolStatistics> pool() const override { return current().pool(); }
  bool writable() const override { return current().writable(); }
  bool has_other_writers() const override { return current().has_other_writers(); }

 private:
  DataStore& current() const { return *current_.load(std::memory_order_acquire); }

  Clock& clock_;
  Random& random_;
  WriteGate gate_;
  // Readers hold no lock, so no store that was ever in force goes before this one.
  std::vector<std::shared_ptr<DataStore>> stores_;
  std::atomic<DataStore*> current_;
};

}  // namespace gannet::store::migration
