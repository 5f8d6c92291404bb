#include "cli/connections.h"

#include <fmt/format.h>

#include "cli/errors.h"
#include "store/subspace.h"

namespace gannet::cli {
namespace {

// Puts before an error what cannot be used, and by which setting it is there.
template <typename T>
Result<void> named(Result<T> result, const std::string& key, const std::string& id) {
  if (result) return {};
  return fail(CliError::kFile, fmt::format("{} = \"{}\": {}", key, id, result.error().describe()));
}

// "gannet.toml:12: store.redis.urls", for `storage.lookup = "redis"`: the setting that says where the store is.
std::string place_of(const config::Config& config, const std::string& id, const std::string& role) {
  const auto store = config.at("store", id);
  for (const auto& backend : store::available_backends())
    if (backend.type == store.string("type") && !backend.place.empty())
      return fmt::format("{}: store.{}.{}, for {}", store.origin(backend.place).text(), id, backend.place,
                         role);
  return fmt::format("{}: {}", config.origin(role).text(), role);
}

// Something that the system behind it has to answer.
Result<void> ask_something(directory::Directory& directory, const config::Section& settings) {
  TRY(directory.find("nobody@gannet.invalid"));
  const auto domains = settings.list("lookup.domains");
  const std::string type = settings.string("type");
  if (type == "imap")
    TRY(directory.authenticate({.login = "nobody@gannet.invalid",
                                .password = "nobody's",
                                .authorize_as = {},
                                .remote_ip = {},
                                .protocol = "imap"}));
  if ((type == "smtp" || type == "lmtp") && !domains.empty())
    TRY(directory.resolve("postmaster@" + domains.front(), {}));
  return {};
}

}  // namespace

Result<store::Stores> connect_stores(const config::Config& config, Clock& clock, Random& random) {
  auto stores = TRY(store::open_stores(config, clock, random));
  const auto id_of = [&](store::Role role) { return config.string(std::string(store::role_key(role))); };
  const auto check = [&](store::Role role, auto result) -> Result<void> {
    if (result) return {};
    const std::string id = id_of(role);
    return named(std::move(result), place_of(config, id, std::string(store::role_key(role))), id);
  };
  store::Range first = store::Range::prefix(std::string(1, static_cast<char>(store::Subspace::kAccount)));
  first.keys_only = true;
  first.max_items = 1;
  TRY(check(store::Role::kData, stores.data->scan(first)));
  TRY(check(store::Role::kBlob, stores.blob->exists(store::BlobId::of("gannet"))));
  TRY(check(store::Role::kLookup, stores.lookup->get("gannet.connect")));
  if (stores.search) {
    TRY(check(store::Role::kSearch, stores.search->query(UINT32_MAX, {})));
  } else {
    first.begin = std::string(1, static_cast<char>(store::Subspace::kSearch));
    first.end = first.begin + '\xff';
    TRY(check(store::Role::kSearch, stores.search_data->scan(first)));
  }
  return stores;
}

Result<Connections> connect_all(const config::Config& config, Clock& clock, Random& random) {
  Connections out;
  out.stores = TRY(connect_stores(config, clock, random));
  out.directories = TRY(directory::open_directories(config, out.stores, clock, random));
  for (const auto& [id, directory] : out.directories.by_id)
    TRY(named(ask_something(*directory, config.at("directory", id)), "directory." + id,
              config.at("directory", id).string("type")));
  return out;
}

}  // namespace gannet::cli
