#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "config/settings.h"

namespace gannet::config {
namespace {

// The path up to the last <...>, which names one table; empty for settings that exist once.
Path table_pattern(const Declaration& declaration) {
  Path pattern = split_key(declaration.key);
  while (!pattern.empty() && !is_placeholder(pattern.back())) pattern.pop_back();
  return pattern;
}

// The paths that match a pattern among those that are there.
void expand(const Settings& settings, const Path& pattern, std::size_t from, Path path,
            std::vector<Path>& out) {
  while (from < pattern.size() && !is_placeholder(pattern[from])) path.push_back(pattern[from++]);
  if (from == pattern.size()) {
    out.push_back(std::move(path));
    return;
  }
  for (const auto& id : settings.ids(path)) {
    Path below = path;
    below.push_back(id);
    expand(settings, pattern, from + 1, std::move(below), out);
  }
}

std::string key_in(Path table, const Declaration& declaration, std::size_t skip) {
  const Path pattern = split_key(declaration.key);
  table.insert(table.end(), pattern.begin() + static_cast<std::ptrdiff_t>(skip), pattern.end());
  return join_path(table);
}

int line_below(const Settings& settings, const Path& table) {
  const std::string below = join_path(table) + ".";
  int line = 0;
  for (auto it = settings.values.lower_bound(below);
       it != settings.values.end() && it->first.starts_with(below); ++it) {
    if (line == 0 || it->second.line < line) line = it->second.line;
  }
  return line;
}

// The type of the outermost table that a setting belongs to: store.<id>.type for store.<id>.pool.workers.
std::string type_of_table(const Settings& settings, const Path& path, const Declaration& declaration) {
  const Path pattern = split_key(declaration.key);
  Path table;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    table.push_back(path[i]);
    if (is_placeholder(pattern[i])) break;
  }
  table.push_back("type");
  return settings.text(join_path(table));
}

bool applies_to(const Declaration& declaration, std::string_view type) {
  const auto types = split_words(declaration.applies);
  return types.empty() || std::ranges::find(types, type) != types.end();
}

void check_required(const Settings& settings, Findings& findings) {
  for (const Group* group : Registry::instance().groups()) {
    for (const Declaration& declaration : group->declarations) {
      if (!declaration.required) continue;
      const Path pattern = table_pattern(declaration);
      std::vector<Path> tables;
      expand(settings, pattern, 0, {}, tables);
      for (const Path& table : tables) {
        const std::string key = key_in(table, declaration, pattern.size());
        if (settings.find(key)) continue;
        const Path path = split_key(key);
        if (!declaration.applies.empty() &&
            !applies_to(declaration, type_of_table(settings, path, declaration)))
          continue;
        findings.error(key, table.empty() ? 0 : line_below(settings, table),
                       fmt::format("is required: {}", describe_type(declaration)));
      }
    }
  }
}

void check_applies(const Settings& settings, Findings& findings) {
  for (const auto& [key, setting] : settings.values) {
    if (setting.declaration->applies.empty()) continue;
    const std::string type = type_of_table(settings, split_key(key), *setting.declaration);
    if (type.empty() || applies_to(*setting.declaration, type)) continue;
    findings.warning(key, setting.line,
                     fmt::format("has no effect with type \"{}\", only with {}", type,
                                 fmt::join(split_words(setting.declaration->applies), ", ")));
  }
}

// The ids that a setting names. In an expression, "*" is the default one, and what is computed is not known here.
std::vector<std::string> referred_ids(const Setting& setting) {
  std::vector<std::string> out;
  for (const Scalar& item : setting.items) out.push_back(std::get<std::string>(item));
  if (!setting.expression) return out;
  for (const Value& value : setting.expression->constant_results())
    if (const std::string* id = value.string(); id && *id != "*") out.push_back(*id);
  return out;
}

void check_reference(const Settings& settings, const std::string& key, int line, std::string_view refers,
                     const std::string& id, Findings& findings) {
  const auto ids = settings.ids(split_key(refers));
  if (std::ranges::find(ids, id) != ids.end()) {
    const Setting* disable = settings.find(join_key(refers, id) + ".disable");
    if (disable && std::get<bool>(disable->items.front()))
      findings.error(key, line,
                     fmt::format("\"{}\" cannot be used: {}.disable is true", id, join_key(refers, id)));
    return;
  }
  const std::vector<std::string_view> known(ids.begin(), ids.end());
  findings.error(
      key, line,
      known.empty()
          ? fmt::format("there is no [{}], nor any other {}", join_key(refers, id), refers)
          : fmt::format("there is no [{}]; did you mean {}?", join_key(refers, id), nearest_word(id, known)));
}

void check_references(const Settings& settings, Findings& findings) {
  for (const auto& [key, setting] : settings.values) {
    const auto check = [&](std::string_view refers, const std::string& id) {
      check_reference(settings, key, setting.line, refers, id, findings);
    };
    if (!setting.declaration->refers.empty() && !setting.off)
      for (const std::string& id : referred_ids(setting)) check(setting.declaration->refers, id);
    if (!setting.expression) continue;
    for (const std::string& id : setting.expression->named_directories())
      if (id != "*") check("directory", id);
  }
}

// The matrix of the documentation: which backend can be which of the four stores.
void check_store_roles(const Settings& settings, Findings& findings) {
  static constexpr std::string_view kDatabases =
      "rocksdb foundationdb postgresql mysql sqlite sql-read-replica";
  struct Role {
    std::string key;
    std::string types;
  };
  const std::string databases(kDatabases);
  const Role roles[] = {{"storage.data", databases},
                        {"storage.blob", databases + " s3 fs distributed-blob"},
                        {"storage.fts", databases + " elasticsearch"},
                        {"storage.lookup", databases + " redis memory sharded-in-memory"}};
  for (const Role& role : roles) {
    const Setting* setting = settings.find(role.key);
    if (!setting) continue;
    const std::string type = settings.text(join_key("store", settings.text(role.key)) + ".type");
    const auto allowed = split_words(role.types);
    if (type.empty() || std::ranges::find(allowed, type) != allowed.end()) continue;
    findings.error(
        role.key, setting->line,
        fmt::format("a store of type \"{}\" cannot be this; allowed are {}", type, fmt::join(allowed, ", ")));
  }
}

// A name alone would let in whoever knows it.
void check_metrics_login(const Settings& settings, Findings& findings) {
  const std::string name = "metrics.prometheus.auth.username", secret = "metrics.prometheus.auth.secret";
  const auto given = [&](const Setting* setting) {
    if (!setting || setting->items.empty()) return false;
    const auto* text = std::get_if<Secret>(&setting->items.front());
    return text ? !text->reveal().empty() : !std::get<std::string>(setting->items.front()).empty();
  };
  const Setting* named = settings.find(name);
  const Setting* kept = settings.find(secret);
  if (given(named) && !given(kept)) {
    findings.error(secret, named->line,
                   "is required and not empty where metrics.prometheus.auth.username is set");
  } else if (given(kept) && !given(named)) {
    findings.error(name, kept->line, "is required where metrics.prometheus.auth.secret is set");
  }
}

void check_listeners(const Settings& settings, bool fragment, Findings& findings) {
  const auto ids = settings.ids({"server", "listener"});
  if (ids.empty() && !fragment) {
    findings.error("server.listener", 0,
                   "there is no listener, so nobody could connect: add [server.listener.<id>]");
  }
  std::map<std::string, std::string> taken;
  for (const auto& id : ids) {
    const std::string key = join_key("server.listener", id) + ".bind";
    const Setting* bind = settings.find(key);
    if (!bind) continue;
    for (const Scalar& item : bind->items) {
      const Endpoint& endpoint = std::get<Endpoint>(item);
      if (endpoint.port == 0) continue;  // the system chooses
      const auto [other, added] = taken.emplace(endpoint.to_string(), key);
      if (!added) {
        findings.error(key, bind->line,
                       fmt::format("{} is already taken by {}", other->first, other->second));
      }
    }
  }
}

// ldap:// to another machine, and no STARTTLS.
void warn_of_clear_ldap(const Settings& settings, const std::string& table, Findings& findings) {
  constexpr std::string_view kScheme = "ldap://";
  const Setting* url = settings.find(table + ".url");
  const Setting* tls = settings.find(table + ".tls.enable");
  const std::string text = settings.text(table + ".url");
  if (!url || !text.starts_with(kScheme) || (tls && std::get<bool>(tls->items.front()))) return;
  std::string host = text.substr(kScheme.size());
  host = host.substr(0, host.find('/'));
  if (!host.ends_with(']')) host = host.substr(0, host.rfind(':'));
  const auto address = IpAddress::parse(host);
  if (host.empty() || host == "localhost" || (address && address->is_loopback())) return;
  findings.warning(
      table + ".url", url->line,
      fmt::format("passwords go to {} without TLS, so that anybody in between can read them: write "
                  "ldaps://, or set {}.tls.enable to true",
                  host, table));
}

void check_pools(const Settings& settings, Findings& findings) {
  for (const auto* tables : {"store", "directory"})
    for (const auto& id : settings.ids({tables})) {
      const std::string pool = join_key(tables, id) + ".pool.";
      const Setting* least = settings.find(pool + "min-connections");
      const Setting* most = settings.find(pool + "max-connections");
      if (!least || !most) continue;
      const auto min = std::get<std::int64_t>(least->items.front());
      const auto max = std::get<std::int64_t>(most->items.front());
      if (max > 0 && min > max)
        findings.error(pool + "min-connections", least->line,
                       fmt::format("{} is more than {}max-connections, which is {}", min, pool, max));
    }
}

// A SQL directory names a store, or in the first generation's way the database itself.
void check_directories(const Settings& settings, Findings& findings) {
  for (const auto& id : settings.ids({"directory"})) {
    const std::string table = join_key("directory", id);
    const std::string type = settings.text(table + ".type");
    const int line = line_below(settings, {"directory", id});
    if (type == "sql" && !settings.find(table + ".store") && !settings.find(table + ".address")) {
      findings.error(table + ".store", line,
                     "is required: the id of a SQL store; or address, which names a database itself");
    }
    if (type == "ldap") warn_of_clear_ldap(settings, table, findings);
  }
}

void check_queue(const Settings& settings, Findings& findings) {
  const Setting* retry = settings.find("queue.schedule.retry");
  if (retry && retry->items.empty())
    findings.error("queue.schedule.retry", retry->line, "needs one duration at least");
}

}  // namespace

void check_whole(const Settings& settings, bool fragment, Findings& findings) {
  check_applies(settings, findings);
  check_store_roles(settings, findings);
  check_listeners(settings, fragment, findings);
  check_queue(settings, findings);
  check_pools(settings, findings);
  if (fragment) return;
  check_required(settings, findings);
  check_references(settings, findings);
  check_directories(settings, findings);
  check_metrics_login(settings, findings);
}

void rename_by_type(Settings& settings, Findings& findings) {
  for (const auto& id : settings.ids({"directory"})) {
    const std::string table = join_key("directory", id);
    const std::string type = settings.text(table + ".type");
    const auto address = settings.values.find(table + ".address");
    const bool remote = type == "imap" || type == "smtp" || type == "lmtp";
    if (address == settings.values.end() || (type != "ldap" && !remote)) continue;
    const Path path = {"directory", id, remote ? "host" : "url"};
    const std::string key = join_path(path);
    if (settings.find(key)) {
      findings.error(address->first, address->second.line,
                     fmt::format("{} is set too; this is its old name", key));
      continue;
    }
    findings.warning(address->first, address->second.line, fmt::format("this is an old name: write {}", key));
    Setting setting = std::move(address->second);
    settings.values.erase(address);
    setting.declaration = Registry::instance().match(path).declaration;
    settings.values.emplace(key, std::move(setting));
    settings.order.push_back(path);
  }
}

}  // namespace gannet::config
