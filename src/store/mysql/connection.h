// One connection to the server: statements out, rows in. Knows no keys, no batches.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "store/mysql/mysql_store.h"
#include "store/mysql/sql_error.h"

namespace gannet::store::mysql {

// A row of an answer; valid during the call that hands it out.
class Row {
 public:
  Row(char** columns, const unsigned long* lengths) : columns_(columns), lengths_(lengths) {}
  // NULL reads as empty.
  std::string_view operator[](std::size_t column) const {
    return columns_[column] ? std::string_view(columns_[column], lengths_[column]) : std::string_view();
  }

 private:
  char** columns_;
  const unsigned long* lengths_;
};

// One thread at a time. A connection that returned an error which is lost() must be thrown away.
class Connection {
 public:
  // A row of an answer; `statement` counts the statements of one call from 0.
  using OnRow = std::function<void(std::size_t statement, const Row& row)>;

  // Its sessions read what is committed, statement by statement, and take `'...'` as bytes (literal()).
  static Outcome<std::unique_ptr<Connection>> open(const MySqlOptions& options);
  ~Connection();
  Connection(const Connection&) = delete;

  // Runs statements joined by `;`, in one round trip. The first that fails ends the call, and its error is
  // returned; what went before it has been done.
  Outcome<void> run(std::string_view statements, const OnRow& on_row = {});
  // A prepared statement that takes two values, the second of any size up to max_packet().
  Outcome<void> run_prepared(std::string_view statement, std::string_view first, std::string_view second);

  // False if the server has closed it; asks nobody. Call between calls only.
  bool open_still() const;
  // Whether the server answers within `timeout`.
  bool answers(Duration timeout);
  // Real time since its last call.
  Duration idle() const;

 private:
  struct Client;
  explicit Connection(std::unique_ptr<Client> client);
  Outcome<void> read_answers(const OnRow& on_row);
  SqlError error(bool sent) const;
  const std::unique_ptr<Client> client_;
  std::chrono::steady_clock::time_point last_answer_ = std::chrono::steady_clock::now();
};

// Appends `bytes` as a literal of SQL, at most twice as long and 2. Right for sessions of Connection alone: their
// character set is `binary`, and a backslash escapes.
void append_literal(std::string& out, std::string_view bytes);

}  // namespace gannet::store::mysql
