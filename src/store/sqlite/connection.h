// One connection to the file, with its prepared statements. Used by one thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "store/errors.h"

struct sqlite3;
struct sqlite3_stmt;

namespace gannet::store::sqlite {

enum class Query : std::uint8_t {
  kGet,
  kSet,
  kClear,
  kClearRange,
  kScan,
  kScanBack,
  kKeys,
  kKeysBack,
  kCount
};

// A prepared statement while it is used: reset, and free of what was bound to it, at the end. What is bound
// must live as long.
class Statement {
 public:
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  Statement(Statement&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  Statement& bind(int at, std::string_view bytes);
  // True: a row is there. An error leaves the statement as it was after its last row.
  Result<bool> step(std::string_view doing);
  // Of the current row; valid until the next step.
  std::string_view column(int at) const;

 private:
  sqlite3_stmt* statement_;
};

struct ConnectionOptions {
  std::string path;
  std::string vfs;  // empty: the machine's own files
  Duration busy_timeout{};
  std::size_t cache_size = 2 << 20;
  bool writes = false;
};

class Connection {
 public:
  // Any error of SQLite's, as status.h has it.
  static Result<std::unique_ptr<Connection>> open(const ConnectionOptions& options);
  ~Connection();
  Connection(const Connection&) = delete;

  sqlite3* handle() { return handle_; }
  // The statement for the table of `key`'s subspace, which must be known.
  Result<Statement> prepare(Query query, std::string_view key);
  // Statements of the schema and transactions.
  Result<void> execute(const char* sql);
  // The first column of the first row.
  Result<std::string> ask(const char* sql);
  bool in_transaction() const;

  // Frames in the WAL, as of this connection's last commit.
  std::size_t wal_frames() const { return wal_frames_; }
  // Moves frames of the WAL into the file, as many as no reader still needs; false if some are left. While
  // this runs, commits go on, and so do reads.
  Result<bool> checkpoint();
  // Moves all of them, so that whoever writes next begins the WAL anew; false if a reader still needs some. The
  // caller is the only one who writes.
  Result<bool> restart_log();

 private:
  Connection() = default;
  using Statements = std::array<sqlite3_stmt*, static_cast<std::size_t>(Query::kCount)>;

  sqlite3* handle_ = nullptr;
  std::array<std::unique_ptr<Statements>, 256> statements_;
  std::size_t wal_frames_ = 0;
  int busy_timeout_ = 0;  // milliseconds
};

// "gannet_account": the table of a known subspace.
std::string table_of(std::string_view key);

}  // namespace gannet::store::sqlite
