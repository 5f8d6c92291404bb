// One connection to an SQL database, for questions with one bound value. PostgreSQL, MariaDB or MySQL, SQLite.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "directory/errors.h"

namespace gannet::directory::sql {

enum class Engine : std::uint8_t { kPostgresql, kMysql, kSqlite };

// Where the database is and how it is reached.
struct Target {
  Engine engine{};
  std::string host;  // empty: the library's default; a path: a socket (PostgreSQL, MySQL)
  std::string port;  // empty: the engine's own
  std::string database;
  std::string path;  // SQLite
  std::string user;
  Secret password;
  std::string options;  // PostgreSQL: passed on to the server, as libpq's `options`
  std::string ca_file;
  bool tls = false, allow_invalid_certificates = false;
  Duration timeout{30'000};         // for an answer
  Duration create_timeout{30'000};  // for a new connection
};
// "PostgreSQL at db.example.org:5432/mail".
std::string describe(const Target& target);

// What an answer holds, as text; names of columns as the database gives them.
struct Rows {
  using Row = std::vector<std::optional<std::string>>;
  std::vector<std::string> columns;
  std::vector<Row> rows;
};
// More rows than that are not read: no list is as long.
inline constexpr std::size_t kMaxRows = 100'000;

// Used by one thread at a time. Its session reads only: what would write is refused by the database.
class Connection {
 public:
  virtual ~Connection() = default;
  // `sql` has the placeholders of its engine, see placeholders.h; each stands for `value`. kUnavailable.
  virtual Result<Rows> ask(const std::string& sql, std::string_view value) = 0;
  // Whether the server answers within `timeout`.
  virtual bool works(Duration timeout) = 0;
  // It can no longer be used; or the last answer did not come in time.
  bool broken() const { return broken_; }
  bool timed_out() const { return timed_out_; }

 protected:
  bool broken_ = false, timed_out_ = false;
};

// kUnavailable: the text says what the server, or the library, said.
Result<std::unique_ptr<Connection>> connect(const Target& target);
Result<std::unique_ptr<Connection>> connect_postgresql(const Target& target);
Result<std::unique_ptr<Connection>> connect_mysql(const Target& target);
Result<std::unique_ptr<Connection>> connect_sqlite(const Target& target);

// The authorities that certificates are checked with: the target's file, $SSL_CERT_FILE, the system's.
std::string authorities(const Target& target);
std::unexpected<Error> unavailable(const Target& target, std::string_view doing, std::string_view said);

}  // namespace gannet::directory::sql
