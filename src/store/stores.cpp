#include "store/stores.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "config/config.h"
#include "store/backend.h"
#include "store/blob_links.h"
#include "store/data_blob_store.h"
#include "store/filling.h"
#include "store/migration/abandon.h"
#include "store/migration/blob_mover.h"
#include "store/migration/lookup_mover.h"
#include "store/migration/migrations.h"
#include "store/migration/role_record.h"

namespace gannet::store {
namespace {

constexpr std::string_view role_word(Role role) {
  switch (role) {
    case Role::kData:
      return "data";
    case Role::kBlob:
      return "blobs";
    case Role::kSearch:
      return "the search index";
    case Role::kLookup:
      return "lookups";
  }
  return "";
}

// "rocksdb, memory": the types that serve `role`.
std::string offered(Role role) {
  std::string out;
  for (const auto& backend : available_backends())
    if (backend.serves(role)) out += (out.empty() ? "" : ", ") + std::string(backend.type);
  return out;
}

// Opens what the roles need, each store once in each role. Lives as long as its stores: a migration opens more.
class Opener final : public StoreOpener,
                     public migration::DataStores,
                     public std::enable_shared_from_this<Opener> {
 public:
  Opener(const config::Config& config, Clock& clock, Random& random)
      : config_(config), clock_(clock), random_(random) {}

  Result<Stores> open(OpenFor purpose) {
    Stores stores;
    const std::string data_id = TRY(id_of(Role::kData)), blob_id = TRY(id_of(Role::kBlob));
    const std::string search_id = TRY(id_of(Role::kSearch)), lookup_id = TRY(id_of(Role::kLookup));
    auto in_force = TRY(migration::find_in_force(*this, data_id));
    const std::set<std::string> ids_of_data =
        in_force.migration ? std::set{in_force.migration->from, in_force.migration->to, data_id}
                           : std::set{in_force.id, data_id};
    stores.migrations =
        std::make_shared<migration::Migrations>(shared_from_this(), std::move(in_force), clock_, random_);
    switching_ = stores.migrations->data();
    for (const auto& id : ids_of_data) data_.emplace(id, switching_);
    stores.data = switching_;
    if (purpose == OpenFor::kUse) TRY(whole(data_id));
    const std::string data_in_force = stores.migrations->in_force();
    const auto movable = [&](Role role, const std::string& id) -> Result<migration::MovableRole> {
      const bool with_data = ids_of_data.contains(id);
      auto found = TRY(migration::find_role_in_force(*switching_, role, with_data ? data_in_force : id));
      const bool follows = !found.migration && found.id == data_in_force;
      return migration::MovableRole{.mover = nullptr,
                                    .id = follows ? std::string() : std::move(found.id),
                                    .record = std::move(found.migration)};
    };
    const auto id_now = [&](const migration::MovableRole& role) {
      return role.id.empty() ? data_in_force : role.id;
    };
    auto blob_role = TRY(movable(Role::kBlob, blob_id)), lookup_role = TRY(movable(Role::kLookup, lookup_id)),
         search_role = TRY(movable(Role::kSearch, search_id));
    auto blobs = migration::movable_blobs(
        TRY(open_blob(id_now(blob_role))), blob_role.record && blob_role.record->target_in_force(),
        [self = shared_from_this()](const std::string& id) { return self->open_blob(id); }, switching_,
        static_cast<std::size_t>(config_.integer("storage.migration.in-flight")), clock_, random_);
    stores.blob = std::move(blobs.blobs);
    blob_role.mover = std::move(blobs.mover);
    auto lookups = migration::movable_lookups(
        TRY(open_lookup(id_now(lookup_role))),
        [self = shared_from_this()](const std::string& id) { return self->open_lookup(id); }, clock_);
    stores.lookup = std::move(lookups.lookups);
    lookup_role.mover = std::move(lookups.mover);
    auto index = TRY(open_index(id_now(search_role)));
    stores.search = std::move(index.search);
    stores.search_data = std::move(index.data);
    stores.migrations->open_index_by(
        [self = shared_from_this()](const std::string& id) { return self->open_index(id); });
    stores.migrations->role_is(Role::kBlob, std::move(blob_role));
    stores.migrations->role_is(Role::kLookup, std::move(lookup_role));
    stores.migrations->role_is(Role::kSearch, std::move(search_role));
    stores.monitors = monitors_;
    return stores;
  }

  Result<migration::Abandoned> abandon(Role role, const std::string& keep, bool force) {
    if (role == Role::kData) return migration::abandon_data(*this, keep, force, clock_.now(), random_);
    const auto in_force = TRY(migration::find_in_force(*this, TRY(id_of(Role::kData))));
    if (in_force.migration)
      return fail(StoreError::kInvalid,
                  "The data itself is being migrated: that is to be ended first (--role data)");
    const auto opens = [&](const std::string& id) {
      switch (role) {
        case Role::kBlob:
          return blob(id).has_value();
        case Role::kLookup:
          return lookup(id).has_value();
        default:
          return open_index(id).has_value();
      }
    };
    return migration::abandon_role(*in_force.store, role, keep, force, opens, clock_.now(), random_);
  }

  Result<std::shared_ptr<DataStore>> data(const std::string& id) override {
    const std::scoped_lock lock(mutex_);
    return once(data_, id, [&]() -> Result<std::shared_ptr<DataStore>> {
      auto found = TRY(migration::find_in_force(*this, id));
      if (const auto known = data_.find(found.id); known != data_.end()) return known->second;
      if (found.migration)
        return fail(StoreError::kConfiguration,
                    fmt::format("store.{0} is being migrated, which goes on while it is the store for data: "
                                "storage.data = \"{0}\"",
                                id));
      if (switching_ && switching_->uses(found.store)) return switching_;
      return found.store;
    });
  }

  Result<std::shared_ptr<DataStore>> open_as_it_is(const std::string& id) override {
    const std::scoped_lock lock(mutex_);
    return once(as_they_are_, id, [&]() -> Result<std::shared_ptr<DataStore>> {
      const auto ids = config_.ids("store");
      if (std::ranges::find(ids, id) == ids.end())
        return fail(StoreError::kConfiguration, fmt::format("There is no [store.{}] in the settings", id));
      if (config_.at("store", id).flag("disable"))
        return fail(StoreError::kConfiguration, fmt::format("store.{}.disable is true", id));
      const Backend& backend = *TRY(backend_of(id));
      if (!backend.open_data) return refuse(id, backend, Role::kData);
      return monitored(TRY(backend.open_data(settings(id))), monitor(id));
    });
  }

  Result<std::shared_ptr<BlobStore>> blob(const std::string& id) override {
    const std::scoped_lock lock(mutex_);
    return once(blob_, id, [&]() -> Result<std::shared_ptr<BlobStore>> {
      const Backend& backend = *TRY(backend_of(id));
      if (!backend.info.serves(Role::kBlob)) return refuse(id, backend, Role::kBlob);
      const Opening opening(opening_, id);
      if (!opening.first())
        return fail(StoreError::kConfiguration,
                    fmt::format("{}: store.{}.stores: it would be made of itself",
                                config_.at("store", id).origin("stores").text(), id));
      if (backend.open_blob) return monitored(TRY(backend.open_blob(settings(id))), monitor(id));
      auto home = TRY(data(id));
      const BlobOptions options{.compression = compression_of(config_.at("store", id)),
                                .piece_size = home->limits().preferred_value_bytes};
      return blob_store_over(std::move(home), options);
    });
  }

  Result<std::shared_ptr<LookupStore>> lookup(const std::string& id) override {
    const std::scoped_lock lock(mutex_);
    return once(lookup_, id, [&]() -> Result<std::shared_ptr<LookupStore>> {
      const Backend& backend = *TRY(backend_of(id));
      if (!backend.info.serves(Role::kLookup)) return refuse(id, backend, Role::kLookup);
      const Opening opening(opening_lookups_, id);
      if (!opening.first())
        return fail(StoreError::kConfiguration,
                    fmt::format("{}: store.{}.stores: it would be made of itself",
                                config_.at("store", id).origin("stores").text(), id));
      if (backend.open_lookup) return monitored(TRY(backend.open_lookup(settings(id))), monitor(id));
      return lookup_store_over(TRY(data(id)), clock_);
    });
  }

 private:
  // An id is in the set for as long as its store is being opened.
  class Opening {
   public:
    Opening(std::set<std::string>& all, const std::string& id)
        : all_(all), id_(id), first_(all.insert(id).second) {}
    Opening(const Opening&) = delete;
    ~Opening() {
      if (first_) all_.erase(id_);
    }
    bool first() const { return first_; }

   private:
    std::set<std::string>& all_;
    const std::string id_;
    const bool first_;
  };

  template <typename T, typename Open>
  Result<std::shared_ptr<T>> once(std::map<std::string, std::shared_ptr<T>>& opened, const std::string& id,
                                  Open open) {
    if (const auto found = opened.find(id); found != opened.end()) return found->second;
    std::shared_ptr<T> store = TRY(open());
    opened.emplace(id, store);
    return store;
  }

  Result<void> whole(const std::string& data_id) {
    const std::string key(role_key(Role::kData));
    auto found = require_whole(*switching_);
    if (found || !found.error().is(StoreError::kConfiguration)) return found;
    return fail(StoreError::kConfiguration, fmt::format("{}: {} = \"{}\": {}", config_.origin(key).text(),
                                                        key, data_id, found.error().text()));
  }

  std::shared_ptr<StoreMonitor> monitor(const std::string& id) {
    return monitors_->of(id, config_.at("store", id).string("type"));
  }

  StoreSettings settings(const std::string& id) {
    return {
        .id = id, .section = config_.at("store", id), .clock = clock_, .random = random_, .others = *this};
  }

  // The id of the store that has the role; an error if there is none that can have it.
  Result<std::string> id_of(Role role) {
    const std::string key(role_key(role));
    const std::string id = config_.string(key);
    if (id.empty()) return fail(StoreError::kConfiguration, key + ": no store is set");
    const std::string setting = fmt::format("{}: {} = \"{}\"", config_.origin(key).text(), key, id);
    const auto ids = config_.ids("store");
    if (std::ranges::find(ids, id) == ids.end())
      return fail(StoreError::kConfiguration, fmt::format("{}, but there is no [store.{}]", setting, id));
    if (config_.at("store", id).flag("disable"))
      return fail(StoreError::kConfiguration, fmt::format("{}, but store.{}.disable is true", setting, id));
    const Backend& backend = *TRY(backend_of(id, role));
    if (!backend.info.serves(role))
      return fail(StoreError::kConfiguration,
                  fmt::format("{}: a store of type {} cannot hold {}. This build offers: {}", setting,
                              backend.info.type, role_word(role), offered(role)));
    return id;
  }

  Result<const Backend*> backend_of(const std::string& id, Role role = Role::kData) {
    const auto store = config_.at("store", id);
    const std::string type = store.string("type");
    if (const Backend* backend = find_backend(type)) return backend;
    return fail(
        StoreError::kConfiguration,
        fmt::format("{}: store.{}.type = \"{}\": this build has no such backend. For {} it offers: {}",
                    store.origin("type").text(), id, type, role_word(role), offered(role)));
  }

  std::unexpected<Error> refuse(const std::string& id, const Backend& backend, Role role) {
    return fail(StoreError::kConfiguration,
                fmt::format("{}: store.{}: a store of type {} cannot hold {}. This build offers: {}",
                            config_.at("store", id).origin("type").text(), id, backend.info.type,
                            role_word(role), offered(role)));
  }

  // Stores of roles, by ids that a migration names.
  Result<void> check_there(const std::string& id) {
    const auto ids = config_.ids("store");
    if (std::ranges::find(ids, id) == ids.end())
      return fail(StoreError::kConfiguration, fmt::format("There is no [store.{}] in the settings", id));
    if (config_.at("store", id).flag("disable"))
      return fail(StoreError::kConfiguration, fmt::format("store.{}.disable is true", id));
    return {};
  }

  Result<migration::OpenBlobStore> open_blob(const std::string& id) {
    const std::scoped_lock lock(mutex_);
    TRY(check_there(id));
    auto blobs = TRY(blob(id));
    const bool in_data = !TRY(backend_of(id))->open_blob && TRY(data(id)) == switching_;
    return migration::OpenBlobStore{.blobs = std::move(blobs), .in_data = in_data};
  }

  Result<std::shared_ptr<LookupStore>> open_lookup(const std::string& id) {
    TRY(check_there(id));
    return lookup(id);
  }

  Result<migration::Migrations::OpenIndex> open_index(const std::string& id) {
    const std::scoped_lock lock(mutex_);
    TRY(check_there(id));
    const Backend& backend = *TRY(backend_of(id));
    if (!backend.info.serves(Role::kSearch)) return refuse(id, backend, Role::kSearch);
    if (!backend.open_search)
      return migration::Migrations::OpenIndex{.search = nullptr, .data = TRY(data(id))};
    auto index = TRY(once(search_, id, [&]() -> Result<std::shared_ptr<SearchStore>> {
      return monitored(TRY(backend.open_search(settings(id))), monitor(id));
    }));
    return migration::Migrations::OpenIndex{.search = std::move(index), .data = nullptr};
  }

  const config::Config config_;
  Clock& clock_;
  Random& random_;
  std::recursive_mutex mutex_;  // stores are opened while others are in use, too
  std::map<std::string, std::shared_ptr<DataStore>> as_they_are_;
  std::map<std::string, std::shared_ptr<DataStore>> data_;
  std::shared_ptr<migration::SwitchingDataStore> switching_;  // null at first
  std::map<std::string, std::shared_ptr<SearchStore>> search_;
  std::map<std::string, std::shared_ptr<BlobStore>> blob_;
  std::set<std::string> opening_lookups_;  // the same of lookup stores
  std::set<std::string> opening_;  // blob stores that were begun: one that is asked for again holds itself
  std::map<std::string, std::shared_ptr<LookupStore>> lookup_;
  const std::shared_ptr<StoreMonitors> monitors_ = std::make_shared<StoreMonitors>();
};

}  // namespace

std::string_view role_name(Role role) {
  return role_key(role).substr(std::string_view("storage.").size());
}

std::optional<Role> role_named(std::string_view name) {
  for (const Role role : {Role::kData, Role::kBlob, Role::kSearch, Role::kLookup})
    if (role_name(role) == name) return role;
  return std::nullopt;
}

std::string_view role_key(Role role) {
  switch (role) {
    case Role::kData:
      return "storage.data";
    case Role::kBlob:
      return "storage.blob";
    case Role::kSearch:
      return "storage.fts";
    case Role::kLookup:
      return "storage.lookup";
  }
  return "";
}

bool Stores::index_in_data() const {
  if (search || search_data != data) return false;
  return !migrations || migrations->in_force(Role::kSearch) == migrations->in_force(Role::kData);
}

bool BackendInfo::serves(Role role) const {
  return std::ranges::find(roles, role) != roles.end();
}

Result<Stores> open_stores(const config::Config& config, Clock& clock, Random& random, OpenFor purpose) {
  return std::make_shared<Opener>(config, clock, random)->open(purpose);
}

Result<migration::Abandoned> abandon_migration(const config::Config& config, Role role,
                                               const std::string& keep, bool force, Clock& clock,
                                               Random& random) {
  return std::make_shared<Opener>(config, clock, random)->abandon(role, keep, force);
}

}  // namespace gannet::store
