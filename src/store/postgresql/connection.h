// One connection: pipelines of prepared statements, each answered whole within a deadline.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "store/postgresql/postgresql_store.h"
#include "store/postgresql/statements.h"

namespace gannet::store::postgresql {

using Deadline = std::chrono::steady_clock::time_point;

// One statement's answer, in binary.
class Rows {
 public:
  explicit Rows(PGresult* result) : result_(result) {}
  int size() const { return PQntuples(result_.get()); }
  // Lasts as long as this.
  std::string_view at(int row, int column) const {
    return {PQgetvalue(result_.get(), row, column),
            static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
  }

 private:
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  std::unique_ptr<PGresult, Clear> result_;
};

struct Query {
  const Statement* statement;
  std::vector<std::string> parameters;
  std::size_t bytes() const;
};

// Used by one thread at a time. After an error, ask broken().
class Connection {
 public:
  // kUnavailable: nobody answers there. kConfiguration: the server refused the login, the database, or TLS.
  static Result<std::unique_ptr<Connection>> open(const PostgresqlOptions& options, Deadline deadline);
  ~Connection() { PQfinish(connection_); }
  Connection(const Connection&) = delete;

  // Runs `queries` in one round trip and, unless a transaction is open, as one transaction. An answer for each.
  // With an error none of them has had an effect, unless the connection was lost.
  Result<std::vector<Rows>> run(std::vector<Query> queries, Deadline deadline);
  // Likewise, and `then` on its own in the same round trip; its rows are the last.
  Result<std::vector<Rows>> run(std::vector<Query> queries, const Statement& then, Deadline deadline);
  // SQL as text, several statements or one, without rows.
  Result<void> execute(const std::string& sql, Deadline deadline);

  // It can no longer be used.
  bool broken() const { return broken_; }
  // Whether the server has closed it, as far as can be known without asking. Costs one poll().
  bool closed_by_server();
  // Of the statement that failed last.
  const std::string& sqlstate() const { return sqlstate_; }
  // Whether run() or execute() gave up since the deadline had passed.
  bool gave_up() const { return gave_up_; }
  int server_version() const { return PQserverVersion(connection_); }  // 150004 for 15.4

 private:
  explicit Connection(PGconn* connection) : connection_(connection) {}
  Result<void> start_session(const PostgresqlOptions& options, Deadline deadline);
  Result<std::vector<Rows>> answers(std::size_t syncs, Deadline deadline);
  Result<void> send(const Query& query, Deadline deadline);
  Result<void> send_all(Deadline deadline);
  Result<PGresult*> next(Deadline deadline);
  Result<void> wait(short events, Deadline deadline);
  std::unexpected<Error> lost();

  PGconn* const connection_;
  std::unordered_set<std::string_view> prepared_;
  std::vector<std::string_view> sent_;  // what each answer that is still to come is for; empty: a preparation
  std::size_t unsent_ = 0;              // bytes handed to libpq since it last had sent all
  bool broken_ = false, gave_up_ = false;
  std::string sqlstate_;
};

}  // namespace gannet::store::postgresql
