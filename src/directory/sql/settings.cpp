#include "directory/sql/settings.h"

#include <algorithm>
#include <array>

#include "directory/address.h"
#include "directory/sql/placeholders.h"

namespace gannet::directory::sql {
namespace {

std::unexpected<Error> invalid(const std::string& key, const std::string& text) {
  return fail(DirectoryError::kInvalid, key + ": " + text);
}

struct Name {
  std::string_view name;
  std::string Queries::* query;
  const char* usual;  // over the tables of docs/directories/sql.md
};
constexpr std::array kNames{
    Name{"name", &Queries::name,
         "SELECT name, type, secret, description, quota, active FROM accounts WHERE name = ?"},
    Name{"members", &Queries::members, "SELECT member_of FROM group_members WHERE name = ?"},
    Name{"group-members", &Queries::group_members, "SELECT name FROM group_members WHERE member_of = ?"},
    Name{"recipients", &Queries::recipients,
         "SELECT name, address FROM emails WHERE address = ? ORDER BY name"},
    Name{"emails", &Queries::emails,
         "SELECT address FROM emails WHERE name = ? AND type <> 'list' ORDER BY type DESC, address"},
    Name{"secrets", &Queries::secrets, ""},
    Name{"verify", &Queries::verify,
         "SELECT address FROM emails WHERE address LIKE CONCAT(?, '%') ORDER BY address LIMIT 50"},
    Name{"expand", &Queries::expand,
         "SELECT p.address FROM emails AS p JOIN emails AS l ON p.name = l.name WHERE p.type = 'primary' AND "
         "l.address = ? AND l.type = 'list' ORDER BY p.address"},
    Name{"domains", &Queries::domains,
         "SELECT address FROM emails WHERE address LIKE CONCAT('%@', ?) LIMIT 1"},
};

// CONCAT is MySQL's; the others have ||, which means something else there.
std::string usual(const Name& name, Engine engine) {
  std::string out = name.usual;
  if (engine == Engine::kMysql) return out;
  for (const auto& [mysql, others] :
       {std::pair{"CONCAT(?, '%')", "? || '%'"}, {"CONCAT('%@', ?)", "'%@' || ?"}})
    if (const auto at = out.find(mysql); at != std::string::npos)
      out.replace(at, std::string_view(mysql).size(), others);
  return out;
}

Result<void> check_names(const config::Section& at, const std::string& key) {
  for (const auto& name : at.keys("query")) {
    // Others are queries for expressions, where they lie in a store.
    if (std::ranges::find(kNames, name, &Name::name) == kNames.end() && key.starts_with("directory."))
      return invalid(key + ".query." + name,
                     "is no question of a directory; these are: name, members, group-members, recipients, "
                     "emails, secrets, verify, "
                     "expand, domains");
  }
  return {};
}

Result<Queries> read_queries(const config::Section& at, const std::string& key, Engine engine) {
  TRY(check_names(at, key));
  const bool any = std::ranges::any_of(
      kNames, [&](const Name& name) { return !at.string("query." + std::string(name.name)).empty(); });
  Queries out;
  for (const Name& name : kNames) {
    std::string query = at.string("query." + std::string(name.name));
    if (!any) query = usual(name, engine);
    if (query.empty()) continue;
    auto bound = with_placeholders(engine, query);
    if (!bound) return invalid(key + ".query." + std::string(name.name), bound.error().text());
    out.*name.query = *std::move(bound);
  }
  for (const auto& [name, query] : {std::pair{"name", &Queries::name}, {"recipients", &Queries::recipients}})
    if ((out.*query).empty())
      return invalid(key + ".query." + name,
                     "is not set, but other queries are: without it nobody can be found");
  return out;
}

// A store's own settings.
Result<Target> target_of_store(const config::Config& config, const std::string& id, const std::string& key) {
  const config::Section store = config.at("store", id);
  const std::string type = store.string("type");
  Target out;
  if (type == "sqlite") {
    out.engine = Engine::kSqlite;
    out.path = store.string("path");
    return out;
  }
  if (type != "postgresql" && type != "mysql")
    return invalid(key + ".store", "\"" + id + "\" is of type " + type +
                                       ", but its tables can be asked in SQL only in "
                                       "postgresql, mysql and sqlite");
  out.engine = type == "mysql" ? Engine::kMysql : Engine::kPostgresql;
  out.host = store.string("host");
  if (const auto port = store.find<std::int64_t>("port")) out.port = std::to_string(*port);
  out.database = store.string("database");
  out.user = store.string("user");
  out.password = store.secret("password");
  if (out.engine == Engine::kPostgresql) out.options = store.string("options");
  out.ca_file = store.string("tls.ca-file");
  out.tls = store.flag("tls.enable");
  out.allow_invalid_certificates = store.flag("tls.allow-invalid-certs");
  if (const auto timeout = store.find<Duration>("timeout")) out.timeout = *timeout;
  return out;
}

Result<Target> read_target(const config::Config& config, const config::Section& at, const std::string& key) {
  const std::string store = at.string("store"), address = at.string("address");
  if (store.empty() == address.empty())
    return invalid(key + (store.empty() ? ".address" : ".store"),
                   store.empty() ? "is not set, nor is store: where is the database?"
                                 : "and address are both set: leave out one of them");
  auto target =
      store.empty() ? parse_address(address) : std::optional(TRY(target_of_store(config, store, key)));
  if (!target)
    return invalid(
        key + ".address",
        "is not of the form postgresql://USER:PASSWORD@HOST:PORT/NAME, mysql://USER:PASSWORD@HOST:PORT/NAME "
        "or sqlite:///PATH; behind a ? sslmode (PostgreSQL) is disable, require or verify-full, ssl-mode "
        "(MySQL) DISABLED, "
        "REQUIRED or VERIFY_IDENTITY");
  if (at.is_set("tls.enable")) target->tls = at.flag("tls.enable");
  if (at.is_set("tls.allow-invalid-certs"))
    target->allow_invalid_certificates = at.flag("tls.allow-invalid-certs");
  if (at.is_set("tls.ca-file")) target->ca_file = at.string("tls.ca-file");
  return *std::move(target);
}

Columns read_columns(const config::Section& at) {
  return {.name = at.string("columns.name"),
          .secret = at.string("columns.secret"),
          .description = at.string("columns.description"),
          .quota = at.string("columns.quota"),
          .email = at.string("columns.email"),
          .type = at.string("columns.class"),
          .active = at.string("columns.active")};
}

}  // namespace

Result<Settings> read_settings(const config::Config& config, const std::string& id) {
  const config::Section at = config.at("directory", id);
  const std::string key = config::join_key("directory", id), store = at.string("store");
  Settings out;
  out.id = id;
  out.target = TRY(read_target(config, at, key));
  out.connections = read_connection_settings(at, key);
  out.target.create_timeout = out.connections.create_timeout;
  if (at.is_set("timeout") || store.empty()) out.target.timeout = at.duration("timeout");
  const bool in_store = !store.empty() && at.keys("query").empty();
  out.queries =
      in_store
          ? TRY(read_queries(config.at("store", store), config::join_key("store", store), out.target.engine))
          : TRY(read_queries(at, key, out.target.engine));
  out.columns = read_columns(at);
  out.scram = at.flag("scram.enable");
  for (const auto& text : at.list("lookup.domains")) {
    auto domain = normalize_domain(text);
    if (!domain) return invalid(key + ".lookup.domains", "\"" + text + "\" is not a domain name");
    out.domains.push_back(*std::move(domain));
  }
  if (out.queries.domains.empty() && out.domains.empty())
    return invalid((in_store ? config::join_key("store", store) : key) + ".query.domains",
                   "is not set, nor is " + key + ".lookup.domains: which domains are served here?");
  return out;
}

}  // namespace gannet::directory::sql
