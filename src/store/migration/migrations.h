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
#include "store/migration/mover.h"
#include "store/migration/nodes.h"
#include "store/migration/search_mover.h"
#include "store/migration/switching_data_store.h"
#include "store/stores.h"

namespace gannet::store::migration {

struct MigrationPlan {
  Role role = Role::kData;
  std::string from, to;    // ids of stores
  std::uint64_t rate = 0;  // bytes a second; 0 for as fast as it goes
  bool hold = false;       // do not cut over before Wish::kCutOver
  // The operator's word that no other Gannet uses the store for data, whatever others told of themselves there.
  bool alone = false;
};

// A role other than data, as a server was started with it.
struct MovableRole {
  std::shared_ptr<Mover> mover;
  std::string id;  // of the store in force; empty where it is the store for data, whichever that is
  std::optional<Record> record;  // of the migration that is under way
};

// Any thread.
class Migrations {
 public:
  // `found` is what `storage.data` comes to. `clock` and `random` must outlive it.
  Migrations(std::shared_ptr<DataStores> stores, InForce found, Clock& clock, Random& random);
  ~Migrations();
  Migrations(const Migrations&) = delete;
  Migrations& operator=(const Migrations&) = delete;

  // Once, before start(): this server's name, for the operators of others. Without it nobody is told of it.
  Result<void> announce_as(const std::string& name);

  // What the server's parts are to hold.
  std::shared_ptr<SwitchingDataStore> data() const { return data_; }
  // --- once each, before start()
  // A role that can be moved. The index for searches has no mover yet.
  void role_is(Role role, MovableRole movable);
  // `open` gives an index of its own, or the store for data in which ours is kept.
  struct OpenIndex {
    std::shared_ptr<SearchStore> search;
    std::shared_ptr<DataStore> data;
  };
  void open_index_by(std::function<Result<OpenIndex>(const std::string& id)> open) {
    open_index_ = std::move(open);
  }
  // What the server's parts are to hold for the index. `ours`: our own in such a store.
  std::shared_ptr<SearchStore> movable_index(
      std::shared_ptr<SearchStore> in_force,
      std::function<std::shared_ptr<SearchStore>(std::shared_ptr<DataStore>)> ours);
  // From what another index is filled; without it none is.
  void documents_are(std::shared_ptr<SearchDocuments> documents);
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
  std::shared_ptr<Migration> open_missing();
  std::string in_force_locked(Role role) const;
  Result<std::shared_ptr<Migration>> begin_data(Record record);

  const std::shared_ptr<DataStores> stores_;
  Clock& clock_;
  Random& random_;
  const std::shared_ptr<SwitchingDataStore> data_;
  void announce();
  std::optional<Node> node_;  // where other servers can use the store for data, too
  SteadyTime announced_{};
  std::map<Role, MovableRole> roles_;
  std::function<Result<OpenIndex>(const std::string& id)> open_index_;
  std::function<std::shared_ptr<SearchStore>(std::shared_ptr<DataStore>)> our_index_;
  std::shared_ptr<SwitchingSearchStore> index_;
  std::function<Result<void>(const Record&)> may_confirm_;
  mutable std::mutex mutex_;
  std::string in_force_;  // when no migration is there to ask
  std::shared_ptr<Migration> migration_;
  std::optional<InForce> missing_;  // under way, but one of its stores could not be opened
  std::string missing_error_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace gannet::store::migration
