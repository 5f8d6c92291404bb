#include "mta/environment.h"

#include "config/errors.h"
#include "config/setting_value.h"

namespace gannet::mta {
namespace {

std::unexpected<Error> no_directory(std::string_view id) {
  return fail(config::ConfigError::kUnavailable, "There is no directory of that name", std::string(id));
}
std::string lookup_key(std::string_view store, std::string_view key) {
  return std::string(store) + '/' + std::string(key);
}

}  // namespace

std::shared_ptr<directory::Directory> find_directory(const Services& services, std::string_view id) {
  if (id.empty() || id == "*") return services.directories.standard;
  const auto found = services.directories.by_id.find(std::string(id));
  return found == services.directories.by_id.end() ? nullptr : found->second;
}

Result<bool> CoreEnvironment::is_local_domain(std::string_view directory, std::string_view domain) {
  const auto found = find_directory(services_, directory);
  if (!found) return no_directory(directory);
  return found->is_local_domain(domain);
}

Result<bool> CoreEnvironment::is_local_address(std::string_view directory, std::string_view address) {
  const auto found = find_directory(services_, directory);
  if (!found) return no_directory(directory);
  const auto resolution = TRY(found->resolve(address, {}));
  return resolution.kind == directory::Resolution::Kind::kAccounts ||
         resolution.kind == directory::Resolution::Kind::kList;
}

// A table `lookup.<id>` of the settings comes before the lookup store.
std::optional<std::string> CoreEnvironment::table_get(std::string_view table, std::string_view key) const {
  const std::string setting = config::join_key(config::join_key("lookup", table), key);
  if (!services_.config.is_set(setting)) return std::nullopt;
  return services_.config.find<std::string>(setting).value_or("");
}

Result<config::Value> CoreEnvironment::key_get(std::string_view store, std::string_view key) {
  if (auto value = table_get(store, key)) return config::Value(std::move(*value));
  auto value = TRY(services_.stores.lookup->get(lookup_key(store, key)));
  return value ? config::Value(std::move(*value)) : config::Value();
}

Result<bool> CoreEnvironment::key_exists(std::string_view store, std::string_view key) {
  if (table_get(store, key)) return true;
  return TRY(services_.stores.lookup->get(lookup_key(store, key))).has_value();
}

Result<> CoreEnvironment::key_set(std::string_view store, std::string_view key, const config::Value& value) {
  return services_.stores.lookup->set(lookup_key(store, key), value.as_string(), Duration::zero());
}

Result<std::int64_t> CoreEnvironment::counter_incr(std::string_view store, std::string_view key,
                                                   std::int64_t delta) {
  return services_.stores.lookup->increment(lookup_key(store, key), delta, Duration::zero());
}

Result<std::int64_t> CoreEnvironment::counter_get(std::string_view store, std::string_view key) {
  return services_.stores.lookup->counter(lookup_key(store, key));
}

Result<config::Value> CoreEnvironment::config_get(std::string_view key) {
  return config::value_of(services_.config, key);
}

}  // namespace gannet::mta
