#include "directory/directories.h"

#include <algorithm>

#include "config/config.h"
#include "directory/cached_directory.h"
#include "directory/internal_directory.h"
#include "directory/ldap/ldap_directory.h"
#include "directory/memory_settings.h"
#include "directory/opening.h"
#include "directory/remote/remote_directory.h"
#include "directory/server_secret.h"
#include "directory/sql/sql_directory.h"

namespace gannet::directory {
namespace {

LoginOptions login_options(const config::Config& config, const store::Stores& stores, Random& random) {
  LoginOptions out;
  out.cost.memory_kib = static_cast<std::uint32_t>(config.size("authentication.argon2.memory") / 1024);
  out.cost.iterations = static_cast<std::uint32_t>(config.integer("authentication.argon2.iterations"));
  out.cost.lanes = static_cast<std::uint32_t>(config.integer("authentication.argon2.lanes"));
  out.remember_for = config.duration("authentication.cache.ttl");
  out.remember_entries = static_cast<std::size_t>(config.integer("authentication.cache.entries"));
  out.cache_shards = static_cast<std::size_t>(config.integer("cache.shard"));
  out.cache_capacity = static_cast<std::size_t>(config.integer("cache.capacity"));
  out.max_concurrent = static_cast<std::size_t>(config.integer("authentication.max-concurrent"));
  out.max_wait = config.duration("authentication.max-wait");
  out.fallback_admin_user = config.string("authentication.fallback-admin.user");
  out.fallback_admin_secret = config.secret("authentication.fallback-admin.secret");
  out.master_user = config.string("authentication.master.user");
  out.master_secret = config.secret("authentication.master.secret");
  out.scram = config.flag("authentication.scram.enable");
  out.scram_iterations = static_cast<std::uint32_t>(config.integer("authentication.scram.iterations"));
  out.server_secret = server_secret(*stores.data, random);
  out.lookup = stores.lookup;
  out.refuse_without_lookup = config.string("authentication.lookup-failure") == "refuse";
  return out;
}

// A user without a password would let nobody in and never say why.
Result<void> check_special_login(const config::Config& config, const std::string& prefix) {
  const std::string secret = config.secret(prefix + ".secret").reveal();
  if (config.string(prefix + ".user").empty()) return {};
  if (secret.empty())
    return fail(DirectoryError::kInvalid, prefix + ".secret: is not set, but " + prefix + ".user is");
  if (const auto good = check_stored_password(secret); !good)
    return fail(DirectoryError::kInvalid, prefix + ".secret: " + good.error().describe() +
                                              "; write {PLAIN} before a password in clear");
  return {};
}

Result<void> check_internal(const config::Config& config, const std::string& id) {
  const std::string store = config.at("directory", id).string("store"), data = config.string("storage.data");
  if (store.empty() || store == data) return {};
  return fail(DirectoryError::kInvalid, config::join_key("directory", id) + ".store: is \"" + store +
                                            "\", but the internal directory lies in the data store: " +
                                            "leave it out, or write \"" + data + "\" as in storage.data");
}

Result<void> check_memory(const config::Config& config, const std::string& id) {
  return MemoryDirectory::check(TRY(read_memory_options(config, id)));
}

template <auto kRead>
Result<void> check_external(const config::Config& config, const std::string& id) {
  TRY(kRead(config, id));
  return {};
}

class Opener {
 public:
  Opener(const config::Config& config, const store::Stores& stores, Clock& clock, Random& random)
      : config_(config),
        stores_(stores),
        clock_(clock),
        random_(random),
        logins_(std::make_shared<Logins>(login_options(config, stores, random), clock, random)),
        known_version_(stores.data->has_other_writers() ? nullptr : std::make_shared<KnownVersion>()) {}

  Result<Directories> open_all() {
    Directories out;
    for (const auto& id : config_.ids("directory")) {
      if (config_.at("directory", id).flag("disable")) continue;
      auto opened = TRY(open_one(id));
      if (!opened.admin) opened.directory = with_cache(id, std::move(opened.directory), out);
      out.by_id[id] = opened.directory;
      if (id != config_.string("storage.directory")) continue;
      out.standard = opened.directory;
      out.admin = opened.admin;
      if (!out.admin) out.owner = opened.owner + " (" + config::join_key("directory", id) + ")";
    }
    if (out.standard) return out;
    std::string known;
    for (const auto& [id, directory] : out.by_id) known += (known.empty() ? "" : ", ") + id;
    return fail(DirectoryError::kInvalid, "storage.directory: there is no directory \"" +
                                              config_.string("storage.directory") +
                                              "\"; there are: " + (known.empty() ? "none" : known));
  }

  // The types of this build; config/ knows the names of those to come.
  struct Type {
    DirectoryType type;
    Result<Opened> (Opener::*open)(const std::string& id);
    Result<void> (*check)(const config::Config& config, const std::string& id);
  };
  static const std::vector<Type>& types() {
    static const std::vector<Type> kTypes{
        {{"internal",
          "kept by Gannet itself, in the data store; accounts are made by `gannet account create`."},
         &Opener::open_internal,
         check_internal},
        {{"sql", "tables of an SQL database that another system keeps; Gannet reads them."},
         &Opener::open_external<sql::open>,
         check_external<sql::read_settings>},
        {{"ldap", "an LDAP server, as OpenLDAP or Active Directory; Gannet reads it."},
         &Opener::open_external<ldap::open>,
         check_external<ldap::read_settings>},
        {{"memory",
          "a few accounts that stand in the settings file itself, for tests and very small servers."},
         &Opener::open_memory,
         check_memory},
        {{"imap", "logins are checked by logging in to an IMAP server, for a server before another."},
         &Opener::open_external<remote::open>,
         check_external<remote::read_settings>},
        {{"smtp", "logins and recipients are checked by asking an SMTP server, for a server before another."},
         &Opener::open_external<remote::open>,
         check_external<remote::read_settings>},
        {{"lmtp", "recipients are checked by asking an LMTP server, for a server before another."},
         &Opener::open_external<remote::open>,
         check_external<remote::read_settings>},
    };
    return kTypes;
  }

 private:
  // Of a type that keeps its data elsewhere.
  template <Result<Opened> (*kOpen)(const Opening& opening, const std::string& id)>
  Result<Opened> open_external(const std::string& id) {
    return kOpen({config_, stores_.data, logins_, clock_, random_}, id);
  }

  Result<Opened> open_one(const std::string& id) {
    const std::string type = config_.at("directory", id).string("type");
    std::string offered;
    for (const auto& [known, open, check] : types()) {
      if (known.name == type) return (this->*open)(id);
      offered += (offered.empty() ? "" : ", ") + std::string(known.name);
    }
    return fail(DirectoryError::kInvalid, config::join_key("directory", id) + ".type: \"" + type +
                                              "\" is not offered by this build, which has: " + offered);
  }

  // What lies in memory anyway needs none.
  std::shared_ptr<Directory> with_cache(const std::string& id, std::shared_ptr<Directory> directory,
                                        Directories& all) {
    const config::Section at = config_.at("directory", id);
    if (at.string("type") == "memory") return directory;
    const auto entries = at.find<std::int64_t>("cache.entries").value_or(0);
    const auto connections = static_cast<std::size_t>(at.integer("pool.max-connections"));
    const std::size_t most = connections + static_cast<std::size_t>(at.integer("pool.max-waiting"));
    const std::size_t usual = std::min<std::size_t>({most, 2 * connections, 64});
    all.callers += usual, all.rare_callers += most - usual;
    const LookupCacheOptions options{.max_callers = most,
                                     .id = id,
                                     .entries = static_cast<std::size_t>(entries),
                                     .positive = at.duration("cache.ttl.positive"),
                                     .negative = at.duration("cache.ttl.negative"),
                                     .shards = static_cast<std::size_t>(config_.integer("cache.shard")),
                                     .capacity = static_cast<std::size_t>(config_.integer("cache.capacity"))};
    return std::make_shared<CachedDirectory>(std::move(directory), options, clock_);
  }

  Result<Opened> open_internal(const std::string& id) {
    TRY(check_internal(config_, id));
    const config::Section at = config_.at("directory", id);
    InternalOptions options;
    options.id = id;
    if (const auto entries = at.find<std::int64_t>("cache.entries"))
      options.cache_entries = static_cast<std::size_t>(*entries);
    options.known_version = known_version_;
    const auto made =
        std::make_shared<InternalDirectory>(std::move(options), stores_.data, logins_, clock_, random_);
    return Opened{made, made, {}};
  }

  Result<Opened> open_memory(const std::string& id) {
    auto opened = TRY(MemoryDirectory::open(TRY(read_memory_options(config_, id)), *stores_.data, logins_,
                                            clock_, random_));
    return Opened{std::move(opened), nullptr, "the settings file"};
  }

  const config::Config& config_;
  const store::Stores& stores_;
  Clock& clock_;
  Random& random_;
  std::shared_ptr<Logins> logins_;
  std::shared_ptr<KnownVersion> known_version_;  // of the one internal directory in the data store
};

}  // namespace

std::vector<std::string> check_settings(const config::Config& config) {
  std::vector<std::string> wrong;
  const auto note = [&](Result<void> result) {
    if (!result) wrong.push_back(result.error().describe());
  };
  note(check_special_login(config, "authentication.fallback-admin"));
  note(check_special_login(config, "authentication.master"));
  for (const auto& id : config.ids("directory")) {
    if (config.at("directory", id).flag("disable")) continue;
    const std::string type = config.at("directory", id).string("type");
    const auto known =
        std::ranges::find(Opener::types(), type, [](const auto& one) { return one.type.name; });
    if (known != Opener::types().end()) note(known->check(config, id));
  }
  return wrong;
}

std::vector<DirectoryType> available_directories() {
  std::vector<DirectoryType> out;
  for (const auto& type : Opener::types()) out.push_back(type.type);
  return out;
}

Result<Directories> open_directories(const config::Config& config, const store::Stores& stores, Clock& clock,
                                     Random& random) {
  TRY(check_special_login(config, "authentication.fallback-admin"));
  TRY(check_special_login(config, "authentication.master"));
  return Opener(config, stores, clock, random).open_all();
}

}  // namespace gannet::directory
