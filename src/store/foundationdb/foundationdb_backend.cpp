#include "store/foundationdb/foundationdb_backend.h"

#include "store/foundationdb/foundationdb_store.h"

namespace gannet::store {
namespace {

Result<std::shared_ptr<DataStore>> open(const StoreSettings& settings) {
  const auto& store = settings.section;
  FoundationDbOptions options;
  options.id = settings.id;
  options.database.library = store.string("client-library");
  options.database.cluster_file = store.string("cluster-file");
  options.database.timeout = store.duration("transaction.timeout");
  if (const auto limit = store.find<std::int64_t>("transaction.retry-limit"))
    options.database.retry_limit = static_cast<int>(*limit);
  options.database.max_retry_delay = store.find<Duration>("transaction.max-retry-delay");
  options.database.machine_id = store.string("ids.machine");
  options.database.datacenter_id = store.string("ids.datacenter");
  if (const auto prefix = store.find<std::string>("key-prefix")) options.prefix = *prefix;
  options.probe_interval = store.duration("resume-interval");
  auto opened = open_foundationdb(options, settings.clock, settings.random);
  if (!opened) return settings.wrong("cluster-file", opened.error().text(), opened.error().detail());
  return *std::move(opened);
}

}  // namespace

const Backend& foundationdb_backend() {
  static const Backend backend{
      .info = {.type = "foundationdb",
               .roles = {Role::kData, Role::kBlob, Role::kSearch, Role::kLookup},
               .sentence = "A FoundationDB cluster: many servers share one mail system and none is special.",
               .place = "cluster-file"},
      .open_data = open,
  };
  return backend;
}

}  // namespace gannet::store
