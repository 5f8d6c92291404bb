#include "store/stores.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <thread>

#include "config/config.h"
#include "store/blob_links.h"
#include "store/data_blob_store.h"
#include "store/data_search_store.h"
#include "store/rocksdb/rocksdb_store.h"

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

Compression compression_of(const config::Section& store) {
  const std::string word = store.string("compression");
  return word == "zstd" ? Compression::kZstd : word == "none" ? Compression::kNone : Compression::kLz4;
}

// Opens what the roles need, each DataStore once.
class Opener {
 public:
  Opener(const config::Config& config, Clock& clock, Random& random)
      : config_(config), clock_(clock), random_(random) {}

  Result<Stores> open() {
    Stores stores;
    stores.data = TRY(data(Role::kData));
    stores.blob = TRY(blob(stores.data));
    stores.search = search_store_over(TRY(data(Role::kSearch)));
    stores.lookup = TRY(lookup());
    return stores;
  }

 private:
  // The settings of the store that has the role; an error if it cannot have it.
  Result<std::string> id_of(Role role) {
    const std::string key(role_key(role));
    const std::string id = config_.string(key);
    if (id.empty()) return fail(StoreError::kConfiguration, key + ": no store is set");
    const auto ids = config_.ids("store");
    if (std::ranges::find(ids, id) == ids.end())
      return fail(StoreError::kConfiguration, fmt::format("{}: {} = \"{}\", but there is no [store.{}]",
                                                          config_.origin(key).text(), key, id, id));
    const auto store = config_.at("store", id);
    if (store.flag("disable"))
      return fail(StoreError::kConfiguration, fmt::format("{}: {} = \"{}\", but store.{}.disable is true",
                                                          config_.origin(key).text(), key, id, id));
    const std::string type = store.string("type");
    const auto& backends = available_backends();
    const auto backend = std::ranges::find(backends, type, &BackendInfo::type);
    if (backend == backends.end())
      return fail(
          StoreError::kConfiguration,
          fmt::format("{}: store.{}.type = \"{}\": this build has no such backend. For {} it offers: {}",
                      store.origin("type").text(), id, type, role_word(role), offered(role)));
    if (!backend->serves(role))
      return fail(StoreError::kConfiguration,
                  fmt::format("{}: {} = \"{}\": a store of type {} cannot hold {}. This build offers: {}",
                              config_.origin(key).text(), key, id, type, role_word(role), offered(role)));
    return id;
  }

  Result<std::shared_ptr<DataStore>> data(Role role) {
    const std::string id = TRY(id_of(role));
    if (const auto found = opened_.find(id); found != opened_.end()) return found->second;
    auto opened = open_rocksdb(rocksdb_options(id), clock_);
    if (!opened)
      return std::unexpected(
          Error(StoreError::kConfiguration,
                fmt::format("{}: store.{}.path: {}", config_.at("store", id).origin("path").text(), id,
                            opened.error().text()))
              .with_detail(opened.error().detail()));
    opened_.emplace(id, *opened);
    return *std::move(opened);
  }

  Result<std::shared_ptr<BlobStore>> blob(const std::shared_ptr<DataStore>& data_store) {
    const auto home = TRY(data(Role::kBlob));
    const BlobOptions options{.compression = compression_of(config_.at("store", TRY(id_of(Role::kBlob))))};
    return reserving(blob_store_over(home, options), home == data_store, data_store, clock_, random_);
  }

  Result<std::shared_ptr<LookupStore>> lookup() {
    const auto store = config_.at("store", TRY(id_of(Role::kLookup)));
    if (store.string("type") == "memory") return memory_lookup_store(store.size("max-size"), clock_);
    return lookup_store_over(TRY(data(Role::kLookup)), clock_);
  }

  RocksDbOptions rocksdb_options(const std::string& id) const {
    const auto store = config_.at("store", id);
    RocksDbOptions options;
    options.path = store.string("path");
    options.id = id;
    options.write_buffer_size = store.size("write-buffer-size");
    options.cache_size = store.size("block-cache-size");
    options.min_blob_size = store.size("min-blob-size");
    const auto workers = store.find<std::int64_t>("pool.workers").value_or(0);
    options.workers =
        workers > 0 ? static_cast<int>(workers) : static_cast<int>(std::thread::hardware_concurrency());
    options.max_open_files = static_cast<int>(store.integer("max-open-files"));
    options.max_group = static_cast<std::size_t>(store.integer("commit.max-batch"));
    options.max_waiting = static_cast<std::size_t>(store.integer("commit.queue"));
    options.stall_timeout = store.duration("stall-timeout");
    options.resume_interval = store.duration("resume-interval");
    return options;
  }

  const config::Config& config_;
  Clock& clock_;
  Random& random_;
  std::map<std::string, std::shared_ptr<DataStore>> opened_;
};

}  // namespace

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

const std::vector<BackendInfo>& available_backends() {
  static const std::vector<BackendInfo> backends{
      {.type = "rocksdb",
       .roles = {Role::kData, Role::kBlob, Role::kSearch, Role::kLookup},
       .sentence = "A directory on this machine, for one server; needs nothing else."},
      {.type = "memory",
       .roles = {Role::kLookup},
       .sentence = "This process's memory: fastest, forgotten at a restart, not shared between servers."},
  };
  return backends;
}

Result<Stores> open_stores(const config::Config& config, Clock& clock, Random& random) {
  return Opener(config, clock, random).open();
}

}  // namespace gannet::store
