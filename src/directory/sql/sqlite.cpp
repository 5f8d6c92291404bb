#include <sqlite3.h>

#include <chrono>
#include <map>

#include "directory/sql/connection.h"

namespace gannet::directory::sql {
namespace {

using Statement = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>;

class SqliteConnection final : public Connection {
 public:
  explicit SqliteConnection(const Target& target) : target_(target) {}
  ~SqliteConnection() override {
    statements_.clear();
    (void)sqlite3_close(handle_);
  }

  Result<void> open() {
    const int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
    if (sqlite3_open_v2(target_.path.c_str(), &handle_, flags, nullptr) != SQLITE_OK)
      return failure("opening the file");
    (void)sqlite3_busy_timeout(handle_, static_cast<int>(target_.timeout.count()));
    // Long queries are ended; the number is of SQLite's own steps, some microseconds.
    sqlite3_progress_handler(
        handle_, 10'000,
        [](void* self) {
          return std::chrono::steady_clock::now() > static_cast<SqliteConnection*>(self)->deadline_ ? 1 : 0;
        },
        this);
    deadline_ = std::chrono::steady_clock::now() + target_.create_timeout;
    if (sqlite3_exec(handle_, "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF", nullptr, nullptr,
                     nullptr) != SQLITE_OK)
      return failure("opening the file");
    return {};
  }

  Result<Rows> ask(const std::string& sql, std::string_view value) override {
    timed_out_ = false;
    deadline_ = std::chrono::steady_clock::now() + target_.timeout;
    sqlite3_stmt* statement = TRY(prepared(sql));
    auto answer = read(statement, value);
    (void)sqlite3_reset(statement);
    (void)sqlite3_clear_bindings(statement);
    return answer;
  }

  bool works(Duration timeout) override {
    deadline_ = std::chrono::steady_clock::now() + timeout;
    return sqlite3_exec(handle_, "SELECT 1 FROM sqlite_master LIMIT 1", nullptr, nullptr, nullptr) ==
           SQLITE_OK;
  }

 private:
  Result<sqlite3_stmt*> prepared(const std::string& sql) {
    if (const auto known = statements_.find(sql); known != statements_.end()) return known->second.get();
    sqlite3_stmt* raw = nullptr;
    const char* tail = nullptr;
    if (sqlite3_prepare_v3(handle_, sql.c_str(), static_cast<int>(sql.size() + 1), SQLITE_PREPARE_PERSISTENT,
                           &raw, &tail) != SQLITE_OK)
      return failure(sql);
    Statement statement(raw, sqlite3_finalize);
    if (tail && std::string_view(tail).find_first_not_of(" \t\r\n;") != std::string_view::npos)
      return unavailable(target_, sql, "more than one statement");
    return statements_.emplace(sql, std::move(statement)).first->second.get();
  }

  Result<Rows> read(sqlite3_stmt* statement, std::string_view value) {
    if (sqlite3_bind_text64(statement, 1, value.empty() ? "" : value.data(), value.size(), SQLITE_STATIC,
                            SQLITE_UTF8) != SQLITE_OK)
      return failure("binding");
    Rows out;
    const int columns = sqlite3_column_count(statement);
    for (int i = 0; i < columns; ++i) out.columns.emplace_back(sqlite3_column_name(statement, i));
    int code = sqlite3_step(statement);
    for (; code == SQLITE_ROW && out.rows.size() < kMaxRows; code = sqlite3_step(statement)) {
      Rows::Row& row = out.rows.emplace_back();
      for (int i = 0; i < columns; ++i) {
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
        if (text) {
          row.emplace_back(std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, i))));
        } else {
          row.emplace_back();
        }
      }
    }
    if (code != SQLITE_ROW && code != SQLITE_DONE) return failure(sqlite3_sql(statement));
    return out;
  }

  std::unexpected<Error> failure(std::string_view doing) {
    const int code = handle_ ? sqlite3_errcode(handle_) & 0xff : SQLITE_NOMEM;
    timed_out_ = code == SQLITE_INTERRUPT || code == SQLITE_BUSY;
    broken_ = code != SQLITE_ERROR && !timed_out_;
    return unavailable(target_, doing, handle_ ? sqlite3_errmsg(handle_) : "no memory");
  }

  const Target target_;
  sqlite3* handle_ = nullptr;
  std::map<std::string, Statement> statements_;
  std::chrono::steady_clock::time_point deadline_;
};

}  // namespace

Result<std::unique_ptr<Connection>> connect_sqlite(const Target& target) {
  auto connection = std::make_unique<SqliteConnection>(target);
  TRY(connection->open());
  return connection;
}

}  // namespace gannet::directory::sql
