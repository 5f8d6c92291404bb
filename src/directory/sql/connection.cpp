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

// libpq writes several, the latter with a tab before them.
std::string on_one_line(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\n' && text[i] != '\t' && text[i] != '\r') {
      out += text[i];
    } else if (!out.empty() && out.back() != ' ') {
      out += out.back() == ':' || out.back() == ';' ? " " : "; ";
    }
  }
  while (out.ends_with(' ') || out.ends_with(';')) out.pop_back();
  return out;
}

std::unexpected<Error> unavailable(const Target& target, std::string_view doing, std::string_view said) {
  std::string detail = describe(target) + ", " + std::string(doing) + ": " + on_one_line(said);
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
