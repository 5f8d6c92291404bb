#include "store/mysql/mysql_backend.h"

#include "store/mysql/mysql_store.h"

namespace gannet::store {
namespace {

constexpr Duration kDefaultTimeout{30'000};

MySqlOptions options_of(const StoreSettings& settings) {
  const auto& store = settings.section;
  MySqlOptions options;
  options.id = settings.id;
  options.host = store.string("host");
  options.port = static_cast<std::uint16_t>(store.integer("port"));
  options.database = store.string("database");
  options.user = store.string("user");
  options.password = store.secret("password");
  options.max_packet = store.size("max-allowed-packet");
  options.timeout = store.find<Duration>("timeout").value_or(kDefaultTimeout);
  options.create_timeout = store.duration("pool.create-timeout");
  options.check_timeout = store.duration("pool.recycle-timeout");
  options.pool.max_connections = static_cast<std::size_t>(store.integer("pool.max-connections"));
  options.pool.min_connections = static_cast<std::size_t>(store.integer("pool.min-connections"));
  options.pool.wait_timeout = store.duration("pool.wait-timeout");
  options.snapshot_lifetime = store.duration("snapshot.max-age");
  options.probe_interval = store.duration("resume-interval");
  options.tls = store.flag("tls.enable");
  options.allow_invalid_certs = store.flag("tls.allow-invalid-certs");
  options.init = store.list("init.execute");
  return options;
}

Result<std::shared_ptr<DataStore>> open(const StoreSettings& settings) {
  auto options = options_of(settings);
  options.ca_file = TRY(settings.ca_file());
  if (options.pool.max_connections < 2)
    return settings.wrong("pool.max-connections", "at least 2 are needed: a snapshot holds one");
  auto opened = open_mysql(options, settings.clock);
  if (!opened) return settings.wrong("host", opened.error());
  return *std::move(opened);
}

}  // namespace

const Backend& mysql_backend() {
  static const Backend backend{
      .info = {.type = "mysql",
               .roles = {Role::kData, Role::kBlob, Role::kSearch, Role::kLookup},
               .sentence = "A MySQL or MariaDB database, shared by any number of servers.",
               .place = "host"},
      .open_data = open,
  };
  return backend;
}

}  // namespace gannet::store
