#include "store/redis/redis_backend.h"

#include <fmt/format.h>

#include "net/tls.h"
#include "store/redis/redis_lookup_store.h"

namespace gannet::store {
namespace {

constexpr Duration kTimeout{10'000};

// All URLs must agree in what one store has once.
Result<void> read_urls(const StoreSettings& settings, RedisOptions& options, bool& tls) {
  const auto urls = settings.section.list("urls");
  if (urls.empty()) return settings.wrong("urls", "name at least one server: redis://HOST:PORT");
  for (std::size_t i = 0; i < urls.size(); ++i) {
    const auto url = parse_redis_url(urls[i]);
    if (!url)
      return settings.wrong(
          "urls", fmt::format("the URL number {} is none: redis://USER:PASSWORD@HOST:PORT/DATABASE, "
                              "or rediss:// for TLS, is",
                              i + 1));
    if (i > 0 && (url->tls != tls || url->database != options.connection.database))
      return settings.wrong("urls", "all must agree about TLS and the database");
    tls = url->tls;
    options.connection.database = url->database;
    options.servers.push_back(url->address);
    if (!url->password.empty()) options.connection.password = url->password;
    if (!url->user.empty()) options.connection.user = url->user;
  }
  if (options.cluster && options.connection.database != 0)
    return settings.wrong("urls", "a cluster has no databases but 0");
  return {};
}

Result<std::shared_ptr<LookupStore>> open(const StoreSettings& settings) {
  const auto& store = settings.section;
  RedisOptions options;
  options.id = settings.id;
  options.cluster = store.string("redis-type") == "cluster";
  options.connection.user = store.string("user");
  options.connection.password = store.secret("password");
  options.connection.timeout = store.find<Duration>("timeout").value_or(kTimeout);
  options.connection.create_timeout = store.duration("pool.create-timeout");
  options.pool.max_connections = static_cast<std::size_t>(store.integer("pool.max-connections"));
  options.pool.wait_timeout = store.duration("pool.wait-timeout");
  options.recycle_timeout = store.duration("pool.recycle-timeout");
  options.retries = static_cast<int>(store.integer("retry.total"));
  options.min_wait = store.duration("retry.min-wait");
  options.max_wait = store.duration("retry.max-wait");
  if (options.min_wait > options.max_wait)
    return settings.wrong("retry.min-wait", "it is longer than retry.max-wait");
  options.read_from_replicas = store.flag("read-from-replicas");
  if (const std::string prefix = store.string("key-prefix"); !prefix.empty()) options.prefix = prefix;
  bool tls = false;
  TRY(read_urls(settings, options, tls));
  if (tls || store.flag("tls.enable")) {
    auto made = net::ClientTls::create(
        {.verify = !store.flag("tls.allow-invalid-certs"), .ca_file = TRY(settings.ca_file()), .alpn = {}});
    if (!made) return settings.wrong("tls.enable", made.error().text(), made.error().detail());
    options.connection.tls = *made;
  }
  auto opened = open_redis(std::move(options), settings.clock, settings.random);
  if (opened) return opened;
  const Error& error = opened.error();
  // The login may be part of the URLs.
  if (error.text().starts_with("password: ") && !store.is_set("password"))
    return settings.wrong("urls", error.text().substr(error.text().find(' ') + 1), error.detail());
  return settings.wrong("urls", error);
}

}  // namespace

const Backend& redis_backend() {
  static const Backend backend{
      .info = {.type = "redis",
               .roles = {Role::kLookup},
               .sentence = "Redis: lookups that several servers share, in memory; one server or a cluster.",
               .place = "urls"},
      .open_lookup = open,
  };
  return backend;
}

}  // namespace gannet::store
