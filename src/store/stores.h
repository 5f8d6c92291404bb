// The stores of a running server, one a role, opened as `storage.*` and `store.<id>.*` say.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "store/blob_store.h"
#include "store/data_store.h"
#include "store/lookup_store.h"
#include "store/monitor.h"
#include "store/search_store.h"

namespace gannet::config {
class Config;
}

namespace gannet::store {

namespace migration {
class Migrations;
struct Abandoned;
}  // namespace migration

// Shared by every part of the process; destroyed last. Two roles may be one backend.
struct Stores {
  std::shared_ptr<DataStore> data;
  std::shared_ptr<BlobStore> blob;
  // The index for searches: a store that is one by itself, or (then null) the DataStore in which search/ keeps
  // its own. search::open() makes one of either.
  std::shared_ptr<SearchStore> search;
  std::shared_ptr<DataStore> search_data;
  std::shared_ptr<LookupStore> lookup;
  // Of every store that was opened.
  std::shared_ptr<StoreMonitors> monitors;
  // Changes `data` for another store while all of them are in use; start() it to let it work.
  std::shared_ptr<migration::Migrations> migrations;

  // Whether the index that answers lies in `data`. A migration may change that.
  bool index_in_data() const;
};

enum class OpenFor : std::uint8_t {
  kUse,   // a store for data that is half filled (filling.h) is refused
  kFill,  // for whoever fills it
};
// Errors name the key at fault and where it was set. `clock` and `random` must outlive the stores.
Result<Stores> open_stores(const config::Config& config, Clock& clock, Random& random,
                           OpenFor purpose = OpenFor::kUse);

enum class Role : std::uint8_t { kData, kBlob, kSearch, kLookup };
// "data", "blob", "fts", "lookup": as `storage.*` names it.
std::string_view role_name(Role role);
std::optional<Role> role_named(std::string_view name);
// "storage.data", "storage.blob", "storage.fts", "storage.lookup".
std::string_view role_key(Role role);

// Ends the migration of `role` with the store `keep` alone, while no server runs on these settings
// (store/migration/abandon.h). Errors as there, and those of opening the store for data.
Result<migration::Abandoned> abandon_migration(const config::Config& config, Role role,
                                               const std::string& keep, bool force, Clock& clock,
                                               Random& random);

// A `store.<id>.type` of this build.
struct BackendInfo {
  std::string_view type;      // as the setting has it
  std::vector<Role> roles;    // what it can hold
  std::string_view sentence;  // for whoever has to choose one
  std::string_view place{};  // the key below store.<id> that says where it is: "host", "path"; empty: nowhere
  bool serves(Role role) const;
};
// The first that serves a role is the one to propose.
const std::vector<BackendInfo>& available_backends();

}  // namespace gannet::store
