// The directory of type sql, on every engine's real server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/backends/external_directory.h"
#include "tests/backends/sql_people.h"
#include "tests/contract/directory_contract.h"

namespace gannet::directory::contract {
namespace {

using gannet::testing::SqlDatabase;
using ::testing::HasSubstr;
using MakeDatabase = std::function<std::unique_ptr<SqlDatabase>()>;

class SqlHarness final : public DirectoryHarness {
 public:
  explicit SqlHarness(std::unique_ptr<SqlDatabase> database) : database_(std::move(database)) {}
  std::string skip_reason() override { return database_->skip_reason(); }
  std::shared_ptr<Directory> open(std::shared_ptr<Logins> logins, store::DataStore& data, Clock& clock,
                                  Random& random) override {
    fill(*database_, population());
    const std::shared_ptr<store::DataStore> borrowed(&data, [](store::DataStore*) {});
    return std::make_shared<sql::SqlDirectory>(read_people(*database_), borrowed, std::move(logins), clock,
                                               random);
  }

 private:
  const std::unique_ptr<SqlDatabase> database_;
};

DirectoryBackend backend(const char* name, std::unique_ptr<SqlDatabase> (*make)()) {
  return {.name = name, .make = [make] { return std::make_unique<SqlHarness>(make()); }};
}

INSTANTIATE_TEST_SUITE_P(Sql, DirectoryContract,
                         ::testing::Values(backend("sqlite", gannet::testing::sqlite_database),
                                           backend("postgresql", gannet::testing::postgresql_database),
                                           backend("mariadb", gannet::testing::mariadb_database)),
                         [](const auto& info) { return info.param.name; });

class SqlTest : public gannet::testing::ExternalDirectoryTest,
                public ::testing::WithParamInterface<std::unique_ptr<SqlDatabase> (*)()> {
 protected:
  void SetUp() override {
    database_ = GetParam()();
    if (const auto why = database_->skip_reason(); !why.empty()) GTEST_SKIP() << why;
    fill(*database_, population());
  }
  void open(sql::Settings settings) {
    directory_ = std::make_shared<sql::SqlDirectory>(std::move(settings), data_, logins(), clock_, random_);
  }

  std::unique_ptr<SqlDatabase> database_;
};

TEST_P(SqlTest, ReadsTheDocumentedTablesWithoutAnyQuery) {
  database_->execute(
      "INSERT INTO emails VALUES ('bob', 'both@example.org', 'list');"
      "INSERT INTO emails VALUES ('chief', 'both@example.org', 'list')");
  const auto config = config::Config::load_text(
      "[directory.people]\ntype = 'sql'\naddress = '" + database_->address() + "'\n", "test.toml",
      {.fragment = true});
  ASSERT_TRUE(config) << config.error().describe();
  auto settings = sql::read_settings(*config, "people");
  ASSERT_TRUE(settings) << settings.error().describe();
  open(*std::move(settings));
  EXPECT_EQ(login("bob", "böb"), "bob");
  EXPECT_EQ(login("gone", "gone pass"), "disabled");
  EXPECT_TRUE(*directory_->is_local_domain("example.org"));
  EXPECT_FALSE(*directory_->is_local_domain("exampl_.org")) << "to LIKE that is example.org";
  EXPECT_THAT((**directory_->find("alice@example.org")).member_of, ElementsAre("sales"));
  EXPECT_THAT((**directory_->find("sales")).members, ElementsAre("alice@example.org"));
  const auto both = directory_->resolve("both@example.org", {});
  ASSERT_TRUE(both) << both.error().describe();
  EXPECT_EQ(both->kind, Resolution::Kind::kList);
  EXPECT_EQ(both->accounts.size(), 2U);
  EXPECT_FALSE(*directory_->may_send_as(**directory_->find("bob"), "both@example.org"));
  EXPECT_THAT(*directory_->verify("a.s", 10), ElementsAre("a.smith@example.org"));
}

TEST_P(SqlTest, MailForAGroupIsPutOffWhereNobodyTellsItsMembers) {
  auto settings = gannet::testing::read_people(*database_);
  settings.queries.group_members.clear();
  open(std::move(settings));
  for (const char* address : {"sales@example.org", "staff@example.org"}) {
    const auto mail = directory_->resolve(address, {});
    ASSERT_FALSE(mail) << address;
    EXPECT_TRUE(mail.error().is(DirectoryError::kUnavailable) && mail.error().retry_can_help());
    EXPECT_THAT(mail.error().describe(), ::testing::HasSubstr("query.group-members"));
  }
  EXPECT_TRUE(directory_->resolve("bob@example.org", {}));
}

TEST_P(SqlTest, AQueryThatWritesIsRefused) {
  auto settings = gannet::testing::read_people(*database_);
  settings.queries.domains =
      settings.target.engine == sql::Engine::kPostgresql ? "INSERT INTO domains VALUES ($1)"
      : settings.target.engine == sql::Engine::kMysql    ? "INSERT INTO domains VALUES (?)"
                                                         : "INSERT INTO domains VALUES (?1)";
  open(std::move(settings));
  EXPECT_FALSE(directory_->is_local_domain("new.example"));
  EXPECT_EQ(database_->ask("SELECT COUNT(*) FROM domains"), "3");
  EXPECT_EQ(login("bob", "böb"), "bob") << "the connection is as good as before";
}

INSTANTIATE_TEST_SUITE_P(, SqlTest,
                         ::testing::Values(gannet::testing::sqlite_database,
                                           gannet::testing::postgresql_database,
                                           gannet::testing::mariadb_database));

// Settings as an operator writes them.
sql::Settings read_text(const std::string& text) {
  const auto config = config::Config::load_text(text, "test.toml", {.fragment = true});
  EXPECT_TRUE(config) << config.error().describe();
  auto settings = sql::read_settings(*config, "people");
  EXPECT_TRUE(settings) << settings.error().describe();
  return settings.value();
}

TEST_P(SqlTest, AStoreSaysWhereTheDatabaseIs) {
  const std::string directory = "[directory.people]\ntype = 'sql'\nstore = 'db'\n";
  open(read_text(directory + database_->store()));
  EXPECT_EQ(login("bob", "böb"), "bob");
  EXPECT_EQ(login("bob", "guess"), "wrong password");
  EXPECT_EQ(directory_->resolve("alice@example.org", {})->accounts.at(0).name, "alice@example.org");
  EXPECT_EQ(directory_->resolve("nobody@example.org", {})->kind, Resolution::Kind::kUnknown);
  // With queries of its own, in the store.
  open(read_text(
      directory + "lookup.domains = ['example.org']\n" + database_->store() +
      "query.name = \"SELECT name, 'individual' AS type, '{PLAIN}one for all' AS secret FROM accounts "
      "WHERE name = ?\"\nquery.recipients = \"SELECT name, address FROM emails WHERE address = ?\"\n"
      "query.of-an-expression = \"SELECT 1\"\n"));
  EXPECT_EQ(login("bob", "one for all"), "bob");
  EXPECT_EQ(directory_->resolve("bob@example.org", {})->accounts.at(0).name, "bob");
}

TEST_P(SqlTest, ScramWhereTheSecretAllowsIt) {
  const std::string more = "[directory.people]\ntype = 'sql'\naddress = '" + database_->address() + "'\n";
  open(read_text(more));
  EXPECT_FALSE(directory_->serves_scram()) << "nobody said that secrets allow it";
  const auto verifier = derive_scram("her secret", "a salt of hers", kMinScramIterations);
  database_->execute("UPDATE accounts SET secret = '" + format_scram(*verifier) +
                     "' WHERE name = 'alice@example.org';"
                     "UPDATE accounts SET secret = '{PLAIN}chief pass' WHERE name = 'chief';"
                     // SHA1 of "x": whoever knows the hash knows no password.
                     "UPDATE accounts SET secret = '{SHA}EfatjsUqKYSrqv18O1FlA3hcIHI=' WHERE name = 'exact'");
  open(read_text(more + "scram.enable = true\n"));
  EXPECT_TRUE(directory_->serves_scram());
  EXPECT_EQ(scram("bob", "böb"), "bob") << "in clear";
  EXPECT_EQ(scram("bob@example.org", "böb"), "bob");
  EXPECT_EQ(scram("chief", "chief pass"), "chief");
  EXPECT_EQ(scram("chief", "{PLAIN}chief pass"), "");
  EXPECT_EQ(scram("alice@example.org", "her secret"), "alice@example.org");
  EXPECT_EQ(login("alice@example.org", "her secret"), "alice@example.org") << "and by PLAIN";
  EXPECT_EQ(scram("alice@example.org", "guess"), "");
  EXPECT_EQ(scram("gone", "gone pass"), "disabled");
  EXPECT_EQ(login("exact", "x"), "exact");
  for (const char* guess : {"x", "{SHA}EfatjsUqKYSrqv18O1FlA3hcIHI=", "EfatjsUqKYSrqv18O1FlA3hcIHI=", ""})
    EXPECT_EQ(scram("exact", guess), "") << guess;
  // Nobody can tell who exists: the same look, and the same again.
  const auto challenge = [&](const std::string& login) {
    return *directory_->scram_secrets(
        {.login = login, .password = {}, .authorize_as = {}, .remote_ip = {}, .protocol = "imap"});
  };
  const auto nobody = challenge("nobody"), exact = challenge("exact"), bob = challenge("bob");
  EXPECT_TRUE(nobody.entries.empty() && exact.entries.empty() && bob.entries.size() == 1);
  for (const auto* other : {&nobody, &exact}) {
    EXPECT_EQ(other->iterations, bob.iterations);
    EXPECT_EQ(other->salt.size(), bob.salt.size());
  }
  EXPECT_EQ(challenge("nobody").salt, nobody.salt);
  EXPECT_EQ(challenge("bob").salt, bob.salt);
  EXPECT_NE(challenge("bob@example.org").salt, bob.salt)
      << "two logins of one account are not seen to be one";
  EXPECT_NE(nobody.salt, bob.salt);
}

// Whoever measures must not learn who exists, nor what is stored of whom.
TEST_P(SqlTest, ScramTakesAsLongForWhomeverItIs) {
  const auto verifier = derive_scram("her secret", "a salt of hers", kMinScramIterations);
  database_->execute("UPDATE accounts SET secret = '" + format_scram(*verifier) +
                     "' WHERE name = 'alice@example.org'");
  auto options = quick_logins();
  options.scram_iterations = LoginOptions().scram_iterations;
  directory_ = std::make_shared<sql::SqlDirectory>(
      read_text("[directory.people]\ntype = 'sql'\naddress = '" + database_->address() +
                "'\nscram.enable = true\n"),
      data_, std::make_shared<Logins>(options, clock_, random_), clock_, random_);
  const auto once = [&](const std::string& login) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_TRUE(directory_->scram_secrets(
        {.login = login, .password = {}, .authorize_as = {}, .remote_ip = {}, .protocol = "imap"}));
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  constexpr std::size_t kRounds = 31;
  const auto median = [](std::vector<double>& times) {
    std::ranges::nth_element(times, times.begin() + kRounds / 2);
    return times[kRounds / 2];
  };
  // In turns, so that what else the machine does hits all; a few tries, since it may do much.
  double in_clear = 0, with_verifier = 0;
  for (int attempt = 0; attempt < 5; ++attempt) {
    std::vector<double> unknown, bob, alice;
    for (std::size_t i = 0; i < kRounds; ++i) {
      unknown.push_back(once("nobody" + std::to_string(i)));
      bob.push_back(once("bob"));
      alice.push_back(once("alice@example.org"));
    }
    const double none = median(unknown);
    in_clear = none / median(bob), with_verifier = none / median(alice);
    if (in_clear > 0.75 && with_verifier > 0.75 && in_clear < 1.33 && with_verifier < 1.33) break;
  }
  RecordProperty("unknown_over_in_clear", std::to_string(in_clear));
  RecordProperty("unknown_over_with_verifier", std::to_string(with_verifier));
  EXPECT_TRUE(in_clear > 0.75 && in_clear < 1.33) << in_clear;
  EXPECT_TRUE(with_verifier > 0.75 && with_verifier < 1.33) << with_verifier;
}

// Databases that refuse their user without TLS.
class SqlTls : public SqlTest {
 protected:
  void SetUp() override {
    SqlTest::SetUp();
    if (is_mysql()) database_->execute("ALTER USER mail@'127.0.0.1' REQUIRE SSL");
  }
  void TearDown() override {
    // Over the connection from before.
    if (database_->skip_reason().empty() && is_mysql())
      database_->execute("ALTER USER mail@'127.0.0.1' REQUIRE NONE");
  }
  bool is_mysql() { return database_->address().starts_with("mysql"); }
  // Whom bob gets in as, with these settings.
  std::string bob(const std::string& text) {
    open(read_text(text));
    return login("bob", "böb");
  }
};

TEST_P(SqlTls, TheServersCertificateIsChecked) {
  const std::string ca = database_->ca_file();
  const auto at = [](const std::string& address, const std::string& more) {
    return "[directory.people]\ntype = 'sql'\naddress = '" + address + "'\n" + more;
  };
  const std::string address = database_->address(), parameter = is_mysql() ? "?ssl-mode=" : "?sslmode=",
                    full = is_mysql() ? "VERIFY_IDENTITY" : "verify-full",
                    any = is_mysql() ? "REQUIRED" : "require",
                    file = is_mysql() ? "&ssl-ca=" : "&sslrootcert=";
  EXPECT_THAT(bob(at(address, "")), HasSubstr("cannot be asked now")) << "without TLS";
  EXPECT_THAT(bob(at(address, "tls.enable = true\n")), HasSubstr("ertificate")) << "the system's authorities";
  EXPECT_THAT(bob(at(address + parameter + full, "")), HasSubstr("ertificate"));
  EXPECT_EQ(bob(at(address, "tls.enable = true\ntls.ca-file = '" + ca + "'\n")), "bob");
  EXPECT_EQ(bob(at(address + parameter + full, "tls.ca-file = '" + ca + "'\n")), "bob");
  EXPECT_EQ(bob(at(address + parameter + full + file + ca, "")), "bob");
  EXPECT_EQ(bob(at(address, "tls.enable = true\ntls.allow-invalid-certs = true\n")), "bob");
  EXPECT_EQ(bob(at(address + parameter + any, "")), "bob");
  if (is_mysql()) return;  // whose certificate has both names
  std::string other = address;
  other.replace(other.find("127.0.0.1"), 9, "localhost");
  EXPECT_THAT(bob(at(other, "tls.enable = true\ntls.ca-file = '" + ca + "'\n")), HasSubstr("ertificate"));
}

TEST_P(SqlTls, AStoreSaysThatToo) {
  const std::string directory = "[directory.people]\ntype = 'sql'\nstore = 'db'\n",
                    ca = "tls.ca-file = '" + database_->ca_file() + "'\n", enable = "tls.enable = true\n";
  EXPECT_THAT(bob(directory + database_->store()), HasSubstr("cannot be asked now")) << "without TLS";
  EXPECT_THAT(bob(directory + database_->store() + enable), HasSubstr("ertificate"));
  EXPECT_EQ(bob(directory + database_->store() + enable + ca), "bob");
  EXPECT_EQ(bob(directory + enable + ca + database_->store()), "bob") << "the directory's own settings";
  EXPECT_EQ(bob(directory + database_->store() + enable + "tls.allow-invalid-certs = true\n"), "bob");
}

INSTANTIATE_TEST_SUITE_P(, SqlTls,
                         ::testing::Values(gannet::testing::postgresql_tls_database,
                                           gannet::testing::mariadb_database));

class SqlQueries : public gannet::testing::ExternalDirectoryTest {};

TEST_F(SqlQueries, AreFew) {
  const auto database = gannet::testing::mariadb_database();
  if (const auto why = database->skip_reason(); !why.empty()) GTEST_SKIP() << why;
  fill(*database, population());
  directory_ = std::make_shared<sql::SqlDirectory>(gannet::testing::read_people(*database), data_, logins(),
                                                   clock_, random_);
  const auto asked = [&] {
    return std::stol(
        database->ask("SELECT variable_value FROM information_schema.global_status WHERE variable_name = "
                      "'COM_STMT_EXECUTE'"));
  };
  auto before = asked();
  EXPECT_EQ(login("bob", "böb"), "bob");
  EXPECT_EQ(asked() - before, 3) << "name, emails, members";
  before = asked();
  EXPECT_TRUE(directory_->resolve("bob@example.org", {}));
  EXPECT_EQ(asked() - before, 4) << "domains, recipients, name, emails";
  before = asked();
  EXPECT_EQ(login("nobody", "x"), "no such user");
  EXPECT_EQ(asked() - before, 1);
  before = asked();
  for (const auto& input : {std::string("bob\0", 4), std::string(4000, 'a'), std::string("\xff")})
    EXPECT_EQ(login(input, "x"), "no such user");
  EXPECT_EQ(asked() - before, 0) << "they never reach the wire";
}

}  // namespace
}  // namespace gannet::directory::contract
