#include "store/sqlite/sqlite_backend.h"

#include "store/sqlite/sqlite_store.h"

namespace gannet::store {
namespace {

SqliteOptions options_of(const StoreSettings& settings) {
  const auto& store = settings.section;
  SqliteOptions options;
  options.path = store.string("path");
  options.id = settings.id;
  options.max_connections = static_cast<std::size_t>(store.integer("pool.max-connections"));
  options.wait_timeout = store.duration("pool.wait-timeout");
  options.busy_timeout = store.duration("busy-timeout");
  options.max_snapshots = static_cast<std::size_t>(store.integer("snapshot.max-open"));
  options.max_snapshot_age = store.duration("snapshot.max-age");
  options.max_wal_size = store.size("max-wal-size");
  options.cache_size = store.size("block-cache-size");
  options.max_group = static_cast<std::size_t>(store.integer("commit.max-batch"));
  options.max_waiting = static_cast<std::size_t>(store.integer("commit.queue"));
  options.resume_interval = store.duration("resume-interval");
  return options;
}

Result<std::shared_ptr<DataStore>> open(const StoreSettings& settings) {
  auto opened = open_sqlite(options_of(settings), settings.clock);
  if (!opened) return settings.wrong("path", opened.error().text(), opened.error().detail());
  return *std::move(opened);
}

}  // namespace

const Backend& sqlite_backend() {
  static const Backend backend{
      .info = {.type = "sqlite",
               .roles = {Role::kData, Role::kBlob, Role::kSearch, Role::kLookup},
               .sentence = "One file on this machine, for one small server; any SQLite tool can copy it.",
               .place = "path"},
      .open_data = open,
  };
  return backend;
}

}  // namespace gannet::store
