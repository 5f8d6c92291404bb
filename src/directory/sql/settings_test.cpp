#include "directory/sql/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gannet::directory::sql {
namespace {

using testing::HasSubstr;

Result<Settings> read(const std::string& lines, const std::string& more = {}) {
  const auto config = config::Config::load_text("[directory.d]\ntype = 'sql'\n" + lines + more, "test.toml",
                                                {.fragment = true});
  EXPECT_TRUE(config) << config.error().describe();
  return read_settings(config.value(), "d");
}
std::string refusal(const std::string& lines, const std::string& more = {}) {
  const auto out = read(lines, more);
  return out ? "accepted" : out.error().text();
}

TEST(SqlAddress, NamesTheDatabase) {
  const auto pg =
      parse_address("postgresql://mail:p%40ss%2fw@db.example.org:6432/people?sslmode=verify-full");
  ASSERT_TRUE(pg);
  EXPECT_EQ(describe(*pg), "PostgreSQL at db.example.org:6432/people");
  EXPECT_EQ(pg->user, "mail");
  EXPECT_EQ(pg->password.reveal(), "p@ss/w");
  EXPECT_TRUE(pg->tls && !pg->allow_invalid_certificates);
  const auto my = parse_address("mysql://localhost:3306");
  ASSERT_TRUE(my);
  EXPECT_EQ(my->host + " " + my->port + " " + my->user, "localhost 3306 ");
  EXPECT_EQ(parse_address("mysql://u:p@x@[::1]:3306/d")->password.reveal(), "p@x");
  EXPECT_EQ(parse_address("mysql://u:p@[::1]:3306/d")->host, "::1");
  EXPECT_EQ(parse_address("postgres://%2Frun%2Fpostgresql/d")->host, "/run/postgresql");
  EXPECT_EQ(parse_address("sqlite:///var/lib/people.db?mode=rwc")->path, "/var/lib/people.db");
  EXPECT_EQ(parse_address("sqlite://people.db")->path, "people.db");
  for (const char* wrong :
       {"", "mysql", "mysql:", "oracle://x/y", "mysql://h:0/d", "mysql://h:port/d", "mysql://h:70000/d",
        "sqlite://", "postgresql://u:%zz@h/d", "postgresql://u:%00@h/d", "mysql://[::1/d",
        "mysql://h/d?unknown=1", "postgresql://h/d?sslmode=bogus", "mysql://h/d?ssl-mode="})
    EXPECT_FALSE(parse_address(wrong)) << wrong;
}

TEST(SqlAddress, TellsWhetherThereIsTls) {
  const auto tls = [](const std::string& parameter) {
    const auto out = parse_address("mysql://h/d?" + parameter);
    return !out ? "refused" : !out->tls ? "none" : out->allow_invalid_certificates ? "any" : "verified";
  };
  for (const char* mode : {"disable", "DISABLED", "allow", "prefer", "PREFERRED"})
    EXPECT_STREQ(tls("ssl-mode=" + std::string(mode)), "none") << mode;
  for (const char* mode : {"require", "REQUIRED"})
    EXPECT_STREQ(tls("sslmode=" + std::string(mode)), "any") << mode;
  for (const char* mode : {"verify-ca", "VERIFY_CA", "verify-full", "VERIFY_IDENTITY"})
    EXPECT_STREQ(tls("sslmode=" + std::string(mode)), "verified") << mode;
}

TEST(SqlSettings, HaveQueriesForTheDocumentedTables) {
  const auto out = read("address = 'mysql://localhost:3306'\n");
  ASSERT_TRUE(out) << out.error().describe();
  EXPECT_EQ(out->queries.domains, "SELECT address FROM emails WHERE address LIKE CONCAT('%@', ?) LIMIT 1");
  EXPECT_EQ(read("address = 'sqlite:///x'\n")->queries.domains,
            "SELECT address FROM emails WHERE address LIKE '%@' || ?1 LIMIT 1");
}

TEST(SqlSettings, ComeFromTheStoreWithItsQueries) {
  const auto out = read(
      "store = 'pg'\ntimeout = '3s'\n",
      "[store.pg]\ntype = 'postgresql'\nhost = 'db'\nport = 5433\ndatabase = 'mail'\nuser = 'u'\n"
      "password = 'p'\n[store.pg.query]\nname = 'SELECT name FROM a WHERE name = $1'\n"
      "recipients = 'SELECT name FROM e WHERE address = $1'\ndomains = 'SELECT $1'\nother = 'SELECT 1'\n");
  ASSERT_TRUE(out) << out.error().describe();
  EXPECT_EQ(describe(out->target), "PostgreSQL at db:5433/mail");
  EXPECT_EQ(out->target.timeout, std::chrono::seconds(3));
  EXPECT_EQ(out->queries.name, "SELECT name FROM a WHERE name = $1");
  EXPECT_EQ(out->queries.verify, "") << "where some are set, none is guessed";
}

TEST(SqlSettings, BothGenerationsOfPoolsAreRead) {
  const auto older = read("address = 'sqlite:///x'\npool.connect-timeout = '3s'\npool.min-connections = 2\n");
  ASSERT_TRUE(older);
  EXPECT_EQ(older->target.create_timeout, std::chrono::seconds(3));
  EXPECT_EQ(older->connections.pool.min_connections, 2U);
  const auto both =
      read("address = 'sqlite:///x'\npool.connect-timeout = '3s'\npool.timeout.create = '4s'\n");
  EXPECT_EQ(both->target.create_timeout, std::chrono::seconds(4));
}

TEST(SqlSettings, ErrorsNameTheKey) {
  EXPECT_THAT(refusal(""), HasSubstr("directory.d.address: is not set, nor is store"));
  EXPECT_THAT(refusal("address = 'oracle://x'\n"), HasSubstr("directory.d.address: is not of the form"));
  EXPECT_THAT(refusal("address = 'sqlite:///x'\nquery.name = 'SELECT 1'\n"),
              HasSubstr("directory.d.query.name: it has no ?"));
  EXPECT_THAT(refusal("address = 'sqlite:///x'\nquery.name = 'SELECT ?'\n"),
              HasSubstr("directory.d.query.recipients: is not set"));
  EXPECT_THAT(refusal("address = 'sqlite:///x'\nquery.name = 'SELECT ?'\nquery.recipients = 'SELECT ?'\n"),
              HasSubstr("which domains are served here?"));
  EXPECT_THAT(refusal("address = 'sqlite:///x'\nquery.nmae = 'SELECT ?'\n"),
              HasSubstr("directory.d.query.nmae: is no question"));
  EXPECT_THAT(refusal("store = 'db'\n", "[store.db]\ntype = 'rocksdb'\npath = '/x'\n"),
              HasSubstr("directory.d.store: \"db\" is of type rocksdb"));
}

}  // namespace
}  // namespace gannet::directory::sql
