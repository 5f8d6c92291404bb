#include "store/postgresql/postgresql_backend.h"

#include "store/postgresql/postgresql_store.h"

namespace gannet::store {
namespace {

PostgresqlOptions options_of(const StoreSettings& settings) {
  const auto& store = settings.section;
  PostgresqlOptions options;
  options.id = settings.id;
  options.host = store.string("host");
  if (const auto port = store.find<std::int64_t>("port")) options.port = std::to_string(*port);
  options.database = store.string("database");
  options.user = store.string("user");
  options.password = store.secret("password").reveal();
  options.options = store.string("options");
  options.tls = store.flag("tls.enable");
  options.allow_invalid_certificates = store.flag("tls.allow-invalid-certs");
  options.timeout = store.find<Duration>("timeout").value_or(options.timeout);
  options.max_connections = static_cast<std::size_t>(store.integer("pool.max-connections"));
  options.min_connections = static_cast<std::size_t>(store.integer("pool.min-connections"));
  options.create_timeout = store.duration("pool.create-timeout");
  options.wait_timeout = store.duration("pool.wait-timeout");
  options.check_timeout = store.duration("pool.recycle-timeout");
  options.probe_interval = store.duration("resume-interval");
  options.max_snapshots = static_cast<std::size_t>(store.integer("snapshot.max-open"));
  options.max_snapshot_age = store.duration("snapshot.max-age");
  options.execute_at_start = store.list("init.execute");
  return options;
}

Result<std::shared_ptr<DataStore>> open(const StoreSettings& settings) {
  auto options = options_of(settings);
  options.ca_file = TRY(settings.ca_file());
  auto opened = open_postgresql(std::move(options), settings.clock);
  if (!opened) return settings.wrong("host", opened.error());
  return *std::move(opened);
}

}  // namespace

const Backend& postgresql_backend() {
  static const Backend backend{
      .info = {.type = "postgresql",
               .roles = {Role::kData, Role::kBlob, Role::kSearch, Role::kLookup},
               .sentence = "A PostgreSQL database, for one server or several.",
               .place = "host"},
      .open_data = open,
  };
  return backend;
}

}  // namespace gannet::store
