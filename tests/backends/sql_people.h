// People in an SQL database for tests: the contract's population in tables, and directories that read them.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "config/config.h"
#include "directory/sql/sql_directory.h"
#include "tests/backends/backend.h"
#include "tests/contract/directory_harness.h"
#include "tests/contract/harness.h"

namespace gannet::testing {

// A database of one engine: of a server of tests/backends, or a file.
class SqlDatabase {
 public:
  virtual ~SqlDatabase() = default;
  virtual std::string skip_reason() { return {}; }
  // `address` of a directory.
  virtual std::string address() = 0;
  // The lines of a store "db" that is this database, but for TLS.
  virtual std::string store() = 0;
  // Of the authority that signed the server's certificate.
  virtual std::string ca_file() { return {}; }
  // Statements, by whoever may write.
  virtual void execute(const std::string& sql) = 0;
  // The first column of the first row.
  virtual std::string ask(const std::string& sql) = 0;
  virtual void tell([[maybe_unused]] const std::string& command) {}
};
std::unique_ptr<SqlDatabase> sqlite_database();
std::unique_ptr<SqlDatabase> postgresql_database();
// It takes TLS alone.
std::unique_ptr<SqlDatabase> postgresql_tls_database();
std::unique_ptr<SqlDatabase> mariadb_database();

// Drops the tables and makes them anew, with these people.
void fill(SqlDatabase& database, const std::vector<directory::contract::Person>& people);
// The settings of a directory "people" over these tables; `more` are lines of its table.
std::string people_settings(SqlDatabase& database, const std::string& more = {});
directory::sql::Settings read_people(SqlDatabase& database, const std::string& more = {});

}  // namespace gannet::testing
