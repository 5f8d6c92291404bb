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
#include "store/migration/migrations.h"

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

  Result<Stores> open() {
    Stores stores;
    const std::string data_id = TRY(id_of(Role::kData)), blob_id = TRY(id_of(Role::kBlob));
    const std::string search_id = TRY(id_of(Role::kSearch)), lookup_id = TRY(id_of(Role::kLookup));
    auto in_force = TRY(migration::find_in_force(*this, data_id));
    const std::set<std::string> ids_of_data =
        in_force.migration ? std::set{in_force.migration->from, in_force.migration->to, data_id}
                           : std::set{in_force.id, data_id};
    stores.migrations =
        std::make_shared<migration::Migrations>(shared_from_this(), std::move(in_force), clock_, random_);
    for (const auto& id : ids_of_data) data_.emplace(id, stores.migrations->data());
    stores.data = stores.migrations->data();
    stores.blob = TRY(blob_reserved_in(stores.data, blob_id));
    TRY(search(search_id, stores));
    stores.lookup = TRY(lookup(lookup_id));
    std::map<Role, std::string> others{
        {Role::kBlob, blob_id}, {Role::kSearch, search_id}, {Role::kLookup, lookup_id}};
    std::erase_if(others, [&](const auto& other) { return ids_of_data.contains(other.second); });
    stores.migrations->others_are(std::move(others));
    stores.monitors = monitors_;
    return stores;
  }

  Result<std::shared_ptr<DataStore>> data(const std::string& id) override {
    return once(data_, id, [&]() -> Result<std::shared_ptr<DataStore>> {
      auto found = TRY(migration::find_in_force(*this, id));
      if (const auto known = data_.find(found.id); known != data_.end()) return known->second;
      if (found.migration)
        return fail(StoreError::kConfiguration,
                    fmt::format("store.{0} is being migrated, which goes on while it is the store for data: "
                                "storage.data = \"{0}\"",
                                id));
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
    return once(blob_, id, [&]() -> Result<std::shared_ptr<BlobStore>> {
      const Backend& backend = *TRY(backend_of(id));
      if (!backend.info.serves(Role::kBlob)) return refuse(id, backend, Role::kBlob);
      if (!opening_.insert(id).second)
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
    return once(lookup_, id, [&]() -> Result<std::shared_ptr<LookupStore>> {
      const Backend& backend = *TRY(backend_of(id));
      if (!backend.info.serves(Role::kLookup)) return refuse(id, backend, Role::kLookup);
      if (!opening_lookups_.insert(id).second)
        return fail(StoreError::kConfiguration,
                    fmt::format("{}: store.{}.stores: it would be made of itself",
                                config_.at("store", id).origin("stores").text(), id));
      if (backend.open_lookup) return monitored(TRY(backend.open_lookup(settings(id))), monitor(id));
      return lookup_store_over(TRY(data(id)), clock_);
    });
  }

 private:
  template <typename T, typename Open>
  Result<std::shared_ptr<T>> once(std::map<std::string, std::shared_ptr<T>>& opened, const std::string& id,
                                  Open open) {
    if (const auto found = opened.find(id); found != opened.end()) return found->second;
    std::shared_ptr<T> store = TRY(open());
    opened.emplace(id, store);
    return store;
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

  Result<std::shared_ptr<BlobStore>> blob_reserved_in(const std::shared_ptr<DataStore>& data_store,
                                                      const std::string& id) {
    auto blobs = TRY(blob(id));
    const bool in_data = !TRY(backend_of(id))->open_blob && TRY(data(id)) == data_store;
    return reserving(std::move(blobs), in_data, data_store, clock_, random_);
  }

  Result<void> search(const std::string& id, Stores& stores) {
    const Backend& backend = *TRY(backend_of(id));
    if (backend.open_search)
      stores.search = monitored(TRY(backend.open_search(settings(id))), monitor(id));
    else
      stores.search_data = TRY(data(id));
    return {};
  }

  const config::Config config_;
  Clock& clock_;
  Random& random_;
  std::recursive_mutex mutex_;  // for open_as_it_is(), which goes on while the stores are in use
  std::map<std::string, std::shared_ptr<DataStore>> as_they_are_;
  std::map<std::string, std::shared_ptr<DataStore>> data_;
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

bool BackendInfo::serves(Role role) const {
  return std::ranges::find(roles, role) != roles.end();
}

Result<Stores> open_stores(const config::Config& config, Clock& clock, Random& random) {
  return std::make_shared<Opener>(config, clock, random)->open();
}

}  // namespace gannet::store
