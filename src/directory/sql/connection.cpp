#include "directory/sql/connection.h"

#include <algorithm>
#include <cstdlib>

namespace gannet::directory::sql {

std::string describe(const Target& target) {
  if (target.engine == Engine::kSqlite) return "SQLite at " + target.path;
  std::string out = target.engine == Engine::kPostgresql ? "PostgreSQL at " : "MariaDB or MySQL at ";
  out += target.host.empty() ? "the local socket" : target.host;
  if (!target.port.empty()) out += ":" + target.port;
  return out + "/" + target.database;
}

std::string authorities(const Target& target) {
  if (!target.ca_file.empty()) return target.ca_file;
  const char* set = std::getenv("SSL_CERT_FILE");
  return set && *set ? set : "/etc/ssl/certs/ca-certificates.crt";
}

std::unexpected<Error> unavailable(const Target& target, std::string_view doing, std::string_view said) {
  std::string detail = describe(target) + ", " + std::string(doing) + ": " + std::string(said);
  while (!detail.empty() && detail.back() == '\n') detail.pop_back();
  std::ranges::replace(detail, '\n', ' ');
  return fail(DirectoryError::kUnavailable, "the directory cannot be asked now", std::move(detail),
              Retry::kCanHelp);
}

Result<std::unique_ptr<Connection>> connect(const Target& target) {
  switch (target.engine) {
    case Engine::kPostgresql:
      return connect_postgresql(target);
    case Engine::kMysql:
      return connect_mysql(target);
    case Engine::kSqlite:
      return connect_sqlite(target);
  }
  return unavailable(target, "connecting", "no such engine");
}

}  // namespace gannet::directory::sql
