#include "tests/backends/sql_people.h"

#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <mysql.h>
#include <sqlite3.h>

namespace gannet::testing {
namespace {

class Sqlite final : public SqlDatabase {
 public:
  Sqlite() { EXPECT_EQ(sqlite3_open(path().c_str(), &handle_), SQLITE_OK); }
  ~Sqlite() override { sqlite3_close(handle_); }
  std::string address() override { return "sqlite://" + path() + "?mode=rwc"; }
  std::string store() override { return "[store.db]\ntype = 'sqlite'\npath = '" + path() + "'\n"; }
  void execute(const std::string& sql) override {
    char* said = nullptr;
    EXPECT_EQ(sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, &said), SQLITE_OK) << said << "\n" << sql;
    sqlite3_free(said);
  }
  std::string ask(const std::string& sql) override {
    std::string out;
    const auto keep = [](void* to, int, char** values, char**) {
      *static_cast<std::string*>(to) = values[0] ? values[0] : "";
      return 0;
    };
    EXPECT_EQ(sqlite3_exec(handle_, sql.c_str(), keep, &out, nullptr), SQLITE_OK) << sql;
    return out;
  }

 private:
  std::string path() const { return folder_.path() + "/people.db"; }
  store::contract::TemporaryDirectory folder_;
  sqlite3* handle_ = nullptr;
};

class Served : public SqlDatabase {
 public:
  Served(const std::string& server, std::string scheme)
      : server_(Backend::shared(server)), scheme_(std::move(scheme)) {}
  std::string skip_reason() override { return server_.skip_reason(); }
  std::string address() override {
    return scheme_ + "://" + get("user") + ":" + get("password") + "@" + get("host") + ":" + get("port") +
           "/" + get("database");
  }
  std::string store() override {
    std::string out = "[store.db]\ntype = '" + scheme_ + "'\nport = " + get("port") + "\n";
    for (const char* name : {"host", "database", "user", "password"})
      out += std::string(name) + " = '" + get(name) + "'\n";
    return out;
  }
  void tell(const std::string& command) override { server_.tell(command); }

 protected:
  std::string get(const std::string& name) const { return server_.parameter(name); }
  Backend& server_;
  const std::string scheme_;
};

class Postgresql final : public Served {
 public:
  explicit Postgresql(const std::string& server) : Served(server, "postgresql") {}
  std::string ca_file() override { return get("ca_file"); }
  void execute(const std::string& sql) override { (void)ask(sql); }
  std::string ask(const std::string& sql) override {
    const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(
        PQconnectdb((address() + "?application_name=test").c_str()), PQfinish);
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()),
                                                               PQclear);
    const auto status = PQresultStatus(result.get());
    EXPECT_TRUE(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
        << PQerrorMessage(connection.get()) << sql;
    return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
  }
};

// Asks over one connection, so that who counts the server's connections counts this one once: a closed one
// is gone from the server's list a little later only.
class Mariadb final : public Served {
 public:
  Mariadb() : Served("mariadb", "mysql") {}
  std::string ca_file() override { return get("ca"); }
  void execute(const std::string& sql) override { (void)ask(sql); }
  std::string ask(const std::string& sql) override {
    MYSQL* mysql = connected();
    EXPECT_EQ(mysql_query(mysql, sql.c_str()), 0) << mysql_error(mysql) << sql;
    std::string out;
    do {
      if (MYSQL_RES* rows = mysql_store_result(mysql)) {
        if (MYSQL_ROW row = mysql_fetch_row(rows); row && row[0]) out = row[0];
        mysql_free_result(rows);
      }
    } while (mysql_next_result(mysql) == 0);
    EXPECT_EQ(mysql_errno(mysql), 0U) << mysql_error(mysql) << sql;
    return out;
  }

 private:
  // A new one when the server was started again since.
  MYSQL* connected() {
    if (mysql_ && mysql_ping(mysql_.get()) == 0) return mysql_.get();
    mysql_.reset(mysql_init(nullptr));
    mysql_options(mysql_.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
    EXPECT_TRUE(mysql_real_connect(mysql_.get(), get("host").c_str(), get("user").c_str(),
                                   get("password").c_str(), get("database").c_str(),
                                   static_cast<unsigned>(std::stoul(get("port"))), nullptr,
                                   CLIENT_MULTI_STATEMENTS))
        << mysql_error(mysql_.get());
    return mysql_.get();
  }
  std::unique_ptr<MYSQL, decltype(&mysql_close)> mysql_{nullptr, mysql_close};
};

std::string literal(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

std::string class_of(const directory::Principal& p) {
  if (p.role == directory::Role::kAdmin) return "admin";
  return std::string(to_string(p.type));
}

// Tables that every engine takes.
constexpr const char* kTables = R"(
DROP TABLE IF EXISTS accounts; DROP TABLE IF EXISTS group_members; DROP TABLE IF EXISTS emails;
DROP TABLE IF EXISTS domains; DROP TABLE IF EXISTS list_members;
CREATE TABLE accounts (name VARCHAR(320) PRIMARY KEY, secret VARCHAR(500), description VARCHAR(500),
  type VARCHAR(20) NOT NULL, quota BIGINT DEFAULT 0, active BOOLEAN DEFAULT true);
CREATE TABLE group_members (name VARCHAR(320) NOT NULL, member_of VARCHAR(320) NOT NULL);
CREATE TABLE emails (name VARCHAR(320) NOT NULL, address VARCHAR(320) NOT NULL, type VARCHAR(20) NOT NULL);
CREATE TABLE domains (name VARCHAR(320) PRIMARY KEY);
CREATE TABLE list_members (list VARCHAR(320) NOT NULL, member VARCHAR(320) NOT NULL);
)";

void add(std::string& sql, const directory::contract::Person& person) {
  using enum directory::PrincipalType;
  const auto& p = person.principal;
  if (p.type == kDomain) {
    sql += "INSERT INTO domains VALUES (" + literal(p.name) + ");\n";
    return;
  }
  sql += "INSERT INTO accounts VALUES (" + literal(p.name) + ", " +
         (person.password.empty() ? "NULL" : literal(person.password)) + ", " + literal(p.description) +
         ", " + literal(class_of(p)) + ", " + std::to_string(p.quota) + ", " +
         (p.disabled ? "false" : "true") + ");\n";
  const char* type = "primary";
  for (const auto& address : p.emails) {
    sql += "INSERT INTO emails VALUES (" + literal(p.name) + ", " + literal(address) + ", '" + type + "');\n";
    type = "alias";
  }
  for (const auto& member : p.members)
    sql += p.type == kList
               ? "INSERT INTO list_members VALUES (" + literal(p.emails.front()) + ", " + literal(member) +
                     ");\n"
               : "INSERT INTO group_members VALUES (" + literal(member) + ", " + literal(p.name) + ");\n";
}

}  // namespace

std::unique_ptr<SqlDatabase> sqlite_database() {
  return std::make_unique<Sqlite>();
}
std::unique_ptr<SqlDatabase> postgresql_database() {
  return std::make_unique<Postgresql>("postgresql");
}
std::unique_ptr<SqlDatabase> postgresql_tls_database() {
  return std::make_unique<Postgresql>("postgresql_tls");
}
std::unique_ptr<SqlDatabase> mariadb_database() {
  return std::make_unique<Mariadb>();
}

void fill(SqlDatabase& database, const std::vector<directory::contract::Person>& people) {
  std::string sql = kTables;
  if (database.address().starts_with("mysql")) {
    for (std::size_t at = 0; (at = sql.find(");\n", at)) != std::string::npos; at += 3)
      sql.replace(at, 3, ") CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;\n");
  }
  for (const auto& person : people) add(sql, person);
  sql += "INSERT INTO emails VALUES ('bob', '@catch.example', 'alias');\n";
  database.execute(sql);
}

std::string people_settings(SqlDatabase& database, const std::string& more) {
  const bool mysql = database.address().starts_with("mysql");
  return "[directory.people]\ntype = 'sql'\naddress = '" + database.address() + "'\n" + more + R"(
[directory.people.query]
name = "SELECT name, type, secret, description, quota, active FROM accounts WHERE name = ?"
members = "SELECT member_of FROM group_members WHERE name = $1"
group-members = "SELECT name FROM group_members WHERE member_of = ?"
recipients = "SELECT name, address FROM emails WHERE address = ?"
emails = "SELECT address FROM emails WHERE name = ? ORDER BY type DESC, address"
verify = "SELECT address FROM emails WHERE address LIKE )" +
         std::string(mysql ? "CONCAT(?, '%')" : "? || '%'") + R"( ORDER BY address LIMIT 50"
expand = "SELECT member FROM list_members WHERE list = ?"
domains = "SELECT 1 FROM domains WHERE name = ?"
)";
}

directory::sql::Settings read_people(SqlDatabase& database, const std::string& more) {
  const auto config =
      config::Config::load_text(people_settings(database, more), "test.toml", {.fragment = true});
  EXPECT_TRUE(config) << config.error().describe();
  auto settings = directory::sql::read_settings(*config, "people");
  EXPECT_TRUE(settings) << settings.error().describe();
  return settings.value();
}

}  // namespace gannet::testing
