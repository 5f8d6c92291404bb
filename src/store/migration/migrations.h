// The migrations of a running server: begins them, works at the one that is under way, tells of it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/random.h"
#include "store/migration/data_migration.h"
#include "store/migration/in_force.h"
#include "store/migration/switching_data_store.h"
#include "store/stores.h"

namespace gannet::store::migration {

struct MigrationPlan {
  std::string from, to;    // ids of stores
  std::uint64_t rate = 0;  // bytes a second; 0 for as fast as it goes
  bool hold = false;       // do not cut over before Wish::kCutOver
  // The operator's word that no other Gannet uses `from`: where one could, it is asked for.
  bool alone = false;
};

// Any thread.
class Migrations {
 public:
  // `found` is what `storage.data` comes to. `clock` and `random` must outlive it.
  Migrations(std::shared_ptr<DataStores> stores, InForce found, Clock& clock, Random& random);
  ~Migrations();
  Migrations(const Migrations&) = delete;
  Migrations& operator=(const Migrations&) = delete;

  // What the server's parts are to hold.
  std::shared_ptr<SwitchingDataStore> data() const { return data_; }
  // Once, before start(): which stores have the roles that do not lie in the store for data.
  void others_are(std::map<Role, std::string> ids) { others_ = std::move(ids); }
  // Once, before start(): asked before a migration is confirmed, and may refuse that with what is to be done.
  void confirm_if(std::function<Result<void>(const Record&)> allowed) { may_confirm_ = std::move(allowed); }
  // The id of the store that has the role now.
  std::string in_force(Role role = Role::kData) const;

  // One thread of its own, until stop().
  void start();
  void stop();

  // Errors: kInvalid, kConfiguration, which say what to do; kUnavailable.
  Result<void> begin(const MigrationPlan& plan);
  Result<void> wish(Wish wish);
  // Of the one that is under way, or of the last one since the start. Nothing: there is none.
  std::optional<MigrationStatus> status() const;

 private:
  void run();
  std::shared_ptr<DataMigration> open_missing();

  const std::shared_ptr<DataStores> stores_;
  Clock& clock_;
  Random& random_;
  const std::shared_ptr<SwitchingDataStore> data_;
  std::map<Role, std::string> others_;
  std::function<Result<void>(const Record&)> may_confirm_;
  mutable std::mutex mutex_;
  std::string in_force_;  // when no migration is there to ask
  std::shared_ptr<DataMigration> migration_;
  std::optional<InForce> missing_;  // under way, but one of its stores could not be opened
  std::string missing_error_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace gannet::store::migration
