// Ten thousand logins and addresses that want to be more than that, for every kind of external directory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "directory/address.h"
#include "directory/internal_directory.h"
#include "directory/memory_directory.h"
#include "tests/backends/external_directory.h"
#include "tests/backends/ldap_people.h"
#include "tests/backends/sql_people.h"
#include "tests/contract/directory_harness.h"

namespace gannet::directory {
namespace {

constexpr int kInputs = 10'000;

// Pieces of SQL, LDAP filters and names, and of names that look like others.
class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  std::string text() {
    static const std::vector<std::string> kPieces{"'",
                                                  "''",
                                                  "\"",
                                                  "`",
                                                  "\\",
                                                  "\\'",
                                                  "%",
                                                  "_",
                                                  ";",
                                                  "--",
                                                  "/*",
                                                  "*/",
                                                  "#",
                                                  "$1",
                                                  "$$",
                                                  "?",
                                                  "?1",
                                                  ":x",
                                                  "@x",
                                                  " OR 1=1",
                                                  "' OR '1'='1",
                                                  "'; DROP TABLE accounts; --",
                                                  "' UNION SELECT name,type,secret,1,1,1 FROM accounts --",
                                                  "\\x27",
                                                  "%27",
                                                  "0x27",
                                                  "CHAR(39)",
                                                  "sleep(9)",
                                                  "pg_sleep(9)",
                                                  "||",
                                                  "&&",
                                                  "NULL",
                                                  "true",
                                                  "*",
                                                  "(",
                                                  ")",
                                                  "*)(uid=*",
                                                  ")(|(uid=*",
                                                  "\\2a",
                                                  "\\28",
                                                  "&",
                                                  "|",
                                                  "!",
                                                  "=",
                                                  ",ou=people",
                                                  "uid=bob",
                                                  "+cn=x",
                                                  "<",
                                                  ">",
                                                  "#41",
                                                  std::string(1, '\0'),
                                                  "\x01",
                                                  "\x7f",
                                                  "\t",
                                                  "\r\n",
                                                  " ",
                                                  "  ",
                                                  "\xff",
                                                  "\xc0\xaf",
                                                  "\xed\xa0\x80",
                                                  "\xf4\x90\x80\x80",
                                                  "bob",
                                                  "alice",
                                                  "admin",
                                                  "chief",
                                                  "bob@example.org",
                                                  "example.org",
                                                  "@",
                                                  "@example.org",
                                                  ".",
                                                  "..",
                                                  "+",
                                                  "+news",
                                                  "\xef\xbd\x82\xef\xbd\x8f\xef\xbd\x82",
                                                  "bo\xcc\x81"
                                                  "b",
                                                  "b\xc3\xb6"
                                                  "b",
                                                  "\xd0\xb1ob",
                                                  "b\xe2\x80\x8bob",
                                                  "\xef\xac\x81",
                                                  "\xe2\x84\xaa",
                                                  "\xc5\xbf",
                                                  "\xc4\xb0",
                                                  "\xf0\x9f\x98\x80",
                                                  "\xe2\x80\xae",
                                                  "\xef\xbb\xbf",
                                                  "\xc3\xa9",
                                                  "e\xcc\x81"};
    std::string out;
    for (auto left = 1 + random_.below(6); left > 0; --left) out += kPieces[random_.below(kPieces.size())];
    if (random_.below(50) == 0) out += std::string(random_.below(100'000), 'a');
    return out;
  }
  std::string input(int number) {
    const std::string some = text();
    if (number % 3 == 0) return some;
    if (number % 3 == 1) return some + "@example.org";
    return "bob" + some;
  }

 private:
  SeededRandom random_;
};

class HostileInput : public gannet::testing::ExternalDirectoryTest {
 protected:
  // Whom an input may mean, by the rules of address.h alone.
  static bool means_somebody(const std::string& input) {
    static const std::set<std::string> kNames = [] {
      std::set<std::string> out;
      for (const auto& person : contract::population()) {
        out.insert(person.principal.name);
        out.insert(person.principal.emails.begin(), person.principal.emails.end());
      }
      return out;
    }();
    const auto login = normalize_login(input);
    if (!login) return false;
    if (kNames.contains(*login)) return true;
    const auto parts = split_address(*login);
    const auto sub = parts ? split_sub_address(parts->local) : std::nullopt;
    return sub && kNames.contains(sub->user + "@" + parts->domain);
  }

  // `looks_up`: a login is looked for before its password is checked, so that an unknown one is told apart.
  void attack(bool looks_up = true) {
    Generator generator(20'261'125);
    int answered = 0;
    for (int i = 0; i < kInputs; ++i) {
      const std::string input = generator.input(i);
      const bool somebody = means_somebody(input);
      const auto found = directory_->find(input);
      ASSERT_TRUE(found) << found.error().describe() << "\n" << input;
      ASSERT_TRUE(somebody || !*found) << input << " is taken for " << (**found).name;
      const auto resolved = directory_->resolve(input, {});
      ASSERT_TRUE(resolved) << resolved.error().describe() << "\n" << input;
      ASSERT_TRUE(somebody || (resolved->accounts.empty() && resolved->addresses.empty())) << input;
      const auto outcome = directory_->authenticate({.login = input,
                                                     // Never by chance the right one.
                                                     .password = "no " + generator.text(),
                                                     .authorize_as = {},
                                                     .remote_ip = {},
                                                     .protocol = "imap"});
      ASSERT_TRUE(outcome) << outcome.error().describe() << "\n" << input;
      ASSERT_FALSE(outcome->principal) << input;
      ASSERT_TRUE(somebody || !looks_up || outcome->failure == AuthFailure::kNoSuchUser) << input;
      if (i % 20 == 0) {
        const auto begun = directory_->verify(input, 10);
        ASSERT_TRUE(begun) << begun.error().describe() << "\n" << input;
      }
      ++answered;
    }
    EXPECT_EQ(answered, kInputs);
    EXPECT_EQ(login("bob", "böb"), "bob") << "and nobody's account is gone";
  }
};

TEST_F(HostileInput, IsNobodyInTheInternalDirectory) {
  const auto internal =
      std::make_shared<InternalDirectory>(InternalOptions{}, data_, logins(), clock_, random_);
  for (const auto& person : contract::population()) {
    const auto made = internal->create(
        person.principal, person.password.empty() ? std::nullopt : std::optional(person.password));
    ASSERT_TRUE(made) << made.error().describe();
  }
  directory_ = internal;
  attack();
}

TEST_F(HostileInput, IsNobodyInAMemoryDirectory) {
  MemoryOptions options;
  for (const auto& person : contract::population()) {
    StoredPrincipal stored{person.principal, {}};
    if (!person.password.empty()) stored.secrets.push_back(person.password);
    options.principals.push_back(std::move(stored));
  }
  auto opened = MemoryDirectory::open(std::move(options), *data_, logins(), clock_, random_);
  ASSERT_TRUE(opened) << opened.error().describe();
  directory_ = *opened;
  attack();
}

class HostileSql : public HostileInput, public ::testing::WithParamInterface<const char*> {};

TEST_P(HostileSql, IsNobody) {
  const std::string name = GetParam();
  const auto database = name == "sqlite"       ? gannet::testing::sqlite_database()
                        : name == "postgresql" ? gannet::testing::postgresql_database()
                                               : gannet::testing::mariadb_database();
  if (const auto why = database->skip_reason(); !why.empty()) GTEST_SKIP() << why;
  fill(*database, contract::population());
  directory_ = std::make_shared<sql::SqlDirectory>(gannet::testing::read_people(*database), data_, logins(),
                                                   clock_, random_);
  attack();
  EXPECT_EQ(database->ask("SELECT COUNT(*) FROM accounts"), "8")
      << "six people and two lists are as they were";
}

INSTANTIATE_TEST_SUITE_P(, HostileSql, ::testing::Values("sqlite", "postgresql", "mariadb"),
                         [](const auto& info) { return std::string(info.param); });

// MariaDB's usual collation takes "bób" for "bob", and compares as loosely as any.
TEST_F(HostileInput, IsNobodyWhereTheDatabaseComparesLoosely) {
  const auto database = gannet::testing::mariadb_database();
  if (const auto why = database->skip_reason(); !why.empty()) GTEST_SKIP() << why;
  fill(*database, contract::population());
  database->execute(
      "ALTER TABLE accounts CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;"
      "ALTER TABLE emails CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci");
  directory_ = std::make_shared<sql::SqlDirectory>(gannet::testing::read_people(*database), data_, logins(),
                                                   clock_, random_);
  EXPECT_EQ(*directory_->find("b\xc3\xb3"
                              "b"),
            std::nullopt);
  attack();
}

TEST_F(HostileInput, IsNobodyInLdap) {
  const std::pair<const char*, bool> ways[] = {{"", true},
                                               {"bind.auth.enable = true\n", true},
                                               {"bind.auth.enable = true\nbind.auth.search = "
                                                "false\nbind.auth.dn = 'uid=?,ou=people,dc=example,dc=org'\n",
                                                false}};
  for (const auto& [more, looks_up] : ways) {
    GANNET_NEED_BACKEND(gannet::testing::slapd());
    gannet::testing::fill_ldap(contract::population());
    directory_ = std::make_shared<ldap::LdapDirectory>(gannet::testing::read_ldap(more), data_, logins(),
                                                       clock_, random_);
    attack(looks_up);
  }
}

}  // namespace
}  // namespace gannet::directory
