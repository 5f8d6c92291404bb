#include "store/sqlite/connection.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <mutex>

#include "store/sqlite/status.h"
#include "store/subspace.h"

namespace gannet::store::sqlite {
namespace {

std::string sql_of(Query query, const std::string& table) {
  switch (query) {
    case Query::kGet:
      return fmt::format("SELECT v FROM {} WHERE k = ?1", table);
    case Query::kSet:
      return fmt::format("INSERT INTO {} (k, v) VALUES (?1, ?2) ON CONFLICT (k) DO UPDATE SET v = ?2", table);
    case Query::kClear:
      return fmt::format("DELETE FROM {} WHERE k = ?1", table);
    case Query::kClearRange:
      return fmt::format("DELETE FROM {} WHERE k >= ?1 AND k < ?2", table);
    case Query::kScan:
      return fmt::format("SELECT k, v FROM {} WHERE k >= ?1 AND k < ?2 ORDER BY k", table);
    case Query::kScanBack:
      return fmt::format("SELECT k, v FROM {} WHERE k >= ?1 AND k < ?2 ORDER BY k DESC", table);
    case Query::kKeys:
      return fmt::format("SELECT k FROM {} WHERE k >= ?1 AND k < ?2 ORDER BY k", table);
    case Query::kKeysBack:
      return fmt::format("SELECT k FROM {} WHERE k >= ?1 AND k < ?2 ORDER BY k DESC", table);
    case Query::kCount:
      break;
  }
  return {};
}

// What every allocation would be counted by under one lock of the process.
void without_memory_statistics() {
  static std::once_flag once;
  std::call_once(once, [] { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); });
}

}  // namespace

std::string table_of(std::string_view key) {
  const auto* const found =
      std::ranges::find(kSubspaces, static_cast<Subspace>(key.front()), &SubspaceInfo::id);
  return "gannet_" + std::string(found->name);
}

Statement::~Statement() {
  if (!statement_) return;
  // What it returns is the error of the last step, which has been told.
  (void)sqlite3_reset(statement_);
  (void)sqlite3_clear_bindings(statement_);
}

Statement& Statement::bind(int at, std::string_view bytes) {
  // A null pointer would be bound as NULL, which is no value. Out of memory shows in the step.
  (void)sqlite3_bind_blob64(statement_, at, bytes.empty() ? "" : bytes.data(), bytes.size(), SQLITE_STATIC);
  return *this;
}

Result<bool> Statement::step(std::string_view doing) {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return fail_last(sqlite3_db_handle(statement_), doing);
}

std::string_view Statement::column(int at) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, at));
  return {bytes ? bytes : "", static_cast<std::size_t>(sqlite3_column_bytes(statement_, at))};
}

Result<std::unique_ptr<Connection>> Connection::open(const ConnectionOptions& options) {
  without_memory_statistics();
  std::unique_ptr<Connection> self(new Connection);
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
                    SQLITE_OPEN_EXRESCODE | (options.writes ? SQLITE_OPEN_CREATE : 0);
  if (sqlite3_open_v2(options.path.c_str(), &self->handle_, flags,
                      options.vfs.empty() ? nullptr : options.vfs.c_str()) != SQLITE_OK)
    return fail_last(self->handle_, "open");
  self->busy_timeout_ = static_cast<int>(options.busy_timeout.count());
  (void)sqlite3_busy_timeout(self->handle_, self->busy_timeout_);
  sqlite3_wal_hook(
      self->handle_,
      [](void* self_, sqlite3*, const char*, int frames) {
        static_cast<Connection*>(self_)->wal_frames_ = static_cast<std::size_t>(frames);
        return SQLITE_OK;
      },
      self.get());
  TRY(self->execute("PRAGMA temp_store = MEMORY"));
  TRY(self->execute(fmt::format("PRAGMA cache_size = -{}", options.cache_size / 1024).c_str()));
  if (!options.writes) TRY(self->execute("PRAGMA query_only = ON"));
  return self;
}

Connection::~Connection() {
  for (const auto& statements : statements_)
    if (statements)
      for (sqlite3_stmt* statement : *statements) (void)sqlite3_finalize(statement);
  (void)sqlite3_close(handle_);
}

Result<Statement> Connection::prepare(Query query, std::string_view key) {
  auto& statements = statements_[static_cast<std::uint8_t>(key.front())];
  if (!statements) statements = std::make_unique<Statements>();
  sqlite3_stmt*& statement = (*statements)[static_cast<std::size_t>(query)];
  if (!statement) {
    const std::string sql = sql_of(query, table_of(key));
    if (sqlite3_prepare_v3(handle_, sql.c_str(), static_cast<int>(sql.size() + 1), SQLITE_PREPARE_PERSISTENT,
                           &statement, nullptr) != SQLITE_OK)
      return fail_last(handle_, "prepare");
  }
  return Statement(statement);
}

Result<void> Connection::execute(const char* sql) {
  if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return fail_last(handle_, sql);
  return {};
}

Result<std::string> Connection::ask(const char* sql) {
  std::string answer;
  const auto first = [](void* out, int columns, char** values, char**) {
    if (columns > 0 && values[0]) *static_cast<std::string*>(out) = values[0];
    return 0;
  };
  if (sqlite3_exec(handle_, sql, first, &answer, nullptr) != SQLITE_OK) return fail_last(handle_, sql);
  return answer;
}

bool Connection::in_transaction() const {
  return sqlite3_get_autocommit(handle_) == 0;
}

Result<bool> Connection::checkpoint() {
  int frames = 0, moved = 0;
  const int code = sqlite3_wal_checkpoint_v2(handle_, "main", SQLITE_CHECKPOINT_PASSIVE, &frames, &moved);
  if (code != SQLITE_OK && code != SQLITE_BUSY) return fail_last(handle_, "checkpoint");
  return code == SQLITE_OK && moved >= frames;
}

Result<bool> Connection::restart_log() {
  // Without waiting for readers: those who commit wait for us.
  (void)sqlite3_busy_timeout(handle_, 0);
  const int code = sqlite3_wal_checkpoint_v2(handle_, "main", SQLITE_CHECKPOINT_RESTART, nullptr, nullptr);
  (void)sqlite3_busy_timeout(handle_, busy_timeout_);
  if (code != SQLITE_OK && code != SQLITE_BUSY) return fail_last(handle_, "checkpoint");
  return code == SQLITE_OK;
}

}  // namespace gannet::store::sqlite
