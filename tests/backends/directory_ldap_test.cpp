// The directory of type ldap, on a real slapd.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "tests/backends/external_directory.h"
#include "tests/backends/ldap_people.h"
#include "tests/contract/directory_contract.h"

namespace gannet::directory::contract {
namespace {

using gannet::testing::add_entry;
using gannet::testing::ldap_operations;
using gannet::testing::read_ldap;
using gannet::testing::slapd;
using ::testing::HasSubstr;

class LdapHarness final : public DirectoryHarness {
 public:
  explicit LdapHarness(std::string more) : more_(std::move(more)) {}
  std::string skip_reason() override { return slapd().skip_reason(); }
  std::shared_ptr<Directory> open(std::shared_ptr<Logins> logins, store::DataStore& data, Clock& clock,
                                  Random& random) override {
    gannet::testing::fill_ldap(population());
    const std::shared_ptr<store::DataStore> borrowed(&data, [](store::DataStore*) {});
    return std::make_shared<ldap::LdapDirectory>(read_ldap(more_), borrowed, std::move(logins), clock,
                                                 random);
  }

 private:
  const std::string more_;
};

DirectoryBackend backend(const char* name, const char* more) {
  return {.name = name, .make = [more] { return std::make_unique<LdapHarness>(more); }};
}

INSTANTIATE_TEST_SUITE_P(Ldap, DirectoryContract,
                         ::testing::Values(backend("reading_the_password", ""),
                                           backend("binding", "bind.auth.enable = true\n")),
                         [](const auto& info) { return info.param.name; });

class LdapTest : public gannet::testing::ExternalDirectoryTest {
 protected:
  void SetUp() override {
    GANNET_NEED_BACKEND(slapd());
    gannet::testing::fill_ldap(population());
  }
  void open(const std::string& more) {
    auto made = std::make_shared<ldap::LdapDirectory>(read_ldap(more), data_, logins(), clock_, random_);
    directory_ = made;
  }
};

TEST_F(LdapTest, BindsWithoutASearchAsTheTemplateSays) {
  open(
      "bind.auth.enable = true\nbind.auth.search = false\nbind.auth.dn = "
      "'uid=?,ou=people,dc=example,dc=org'\n");
  EXPECT_EQ(login("bob", "böb"), "bob");
  EXPECT_EQ(login("bob", "guess"), "wrong password");
  EXPECT_EQ(login("bob", ""), "wrong password");
  EXPECT_EQ(login("nobody", "guess"), "wrong password") << "nobody was looked up";
  const auto searches = ldap_operations("Search");
  EXPECT_EQ(login("bob", "guess"), "wrong password");
  EXPECT_EQ(ldap_operations("Search") - searches, 1) << "the one that asks";
}

TEST_F(LdapTest, TheUsersOwnConnectionReadsTheEntryWhereNobodyElseMay) {
  open(
      "bind = { auth = { enable = true, search = false, dn = 'uid=?,ou=people,dc=example,dc=org' } }\n"
      "lookup.domains = ['example.org']\n");
  EXPECT_EQ(login("bob", "böb"), "bob");
  EXPECT_EQ(login("bob", "guess"), "wrong password");
  EXPECT_EQ(*directory_->find("bob"), std::nullopt) << "what a search by nobody finds";
}

TEST_F(LdapTest, ALoginIsNeverMoreThanAValue) {
  open(
      "bind.auth.enable = true\nbind.auth.search = false\nbind.auth.dn = "
      "'uid=?,ou=people,dc=example,dc=org'\n");
  add_entry("uid=bob\\2cou\\3dpeople,ou=people,dc=example,dc=org", {{"objectClass", {"inetOrgPerson"}},
                                                                    {"cn", {"x"}},
                                                                    {"sn", {"x"}},
                                                                    {"uid", {"bob,ou=people"}},
                                                                    {"userPassword", {"theirs"}}});
  EXPECT_EQ(login("bob,ou=people", "böb"), "wrong password");
  EXPECT_EQ(login("bob,ou=people", "theirs"), "bob,ou=people");
  for (const char* star : {"*", "b*", "bob)(uid=*", "*)(objectClass=*", "\\62ob"})
    EXPECT_NE(login(star, "böb"), "bob") << star;
}

TEST_F(LdapTest, AccountsThatAreOnAListReceiveItsMail) {
  open("filter.email = '(|(mail=?)(mailList=?))'\n");
  for (const char* name : {"one", "two"})
    add_entry("uid=" + std::string(name) + ",ou=people,dc=example,dc=org",
              {{"objectClass", {"inetOrgPerson", "mailPerson"}},
               {"cn", {name}},
               {"sn", {name}},
               {"uid", {name}},
               {"mail", {std::string(name) + "@example.org"}},
               {"mailList", {"both@example.org"}}});
  const auto both = directory_->resolve("both@example.org", {});
  ASSERT_TRUE(both) << both.error().describe();
  EXPECT_EQ(both->kind, Resolution::Kind::kList);
  EXPECT_EQ(both->list, "both@example.org");
  EXPECT_EQ(both->accounts.size(), 2U);
  EXPECT_FALSE(*directory_->may_send_as(**directory_->find("one"), "both@example.org"));
}

TEST_F(LdapTest, TwoEntriesOfOneNameAreNobody) {
  open("");
  for (const char* unit : {"people", "groups"})
    add_entry("uid=twin,ou=" + std::string(unit) + ",dc=example,dc=org", {{"objectClass", {"inetOrgPerson"}},
                                                                          {"cn", {"x"}},
                                                                          {"sn", {"x"}},
                                                                          {"uid", {"twin"}},
                                                                          {"userPassword", {"pw"}}});
  EXPECT_THAT(login("twin", "pw"), HasSubstr("several entries"));
}

TEST_F(LdapTest, ABaseThatIsNotThereIsNoAnswerAboutAnybody) {
  auto mistyped = read_ldap();
  mistyped.base_dn = "ou=peeple,dc=example,dc=org";
  // Nobody in particular may not see this one.
  auto hidden = read_ldap("bind = { auth = { enable = true } }\n");
  hidden.base_dn = "ou=people,dc=example,dc=org";
  for (const auto& settings : {mistyped, hidden}) {
    SCOPED_TRACE(settings.base_dn);
    directory_ = std::make_shared<ldap::LdapDirectory>(settings, data_, logins(), clock_, random_);
    const auto names_it =
        HasSubstr("directory.people.base-dn = \"" + settings.base_dn + "\" is not there, or");
    EXPECT_THAT(login("bob", "böb"), names_it);
    const auto mail = directory_->resolve("bob@example.org", {});
    ASSERT_FALSE(mail);
    EXPECT_TRUE(mail.error().is(DirectoryError::kUnavailable) && mail.error().retry_can_help());
    const auto local = directory_->is_local_domain("example.org");
    ASSERT_FALSE(local);
    EXPECT_THAT(local.error().describe(), names_it);
  }
}

TEST_F(LdapTest, AGroupThatIsGoneIsNoGroup) {
  open("attributes.groups = 'seeAlso'\n");
  add_entry("uid=one,ou=people,dc=example,dc=org",
            {{"objectClass", {"inetOrgPerson", "mailPerson"}},
             {"cn", {"one"}},
             {"sn", {"one"}},
             {"uid", {"one"}},
             {"userPassword", {"pw"}},
             {"seeAlso", {"ou=gone,dc=example,dc=org", "cn=staff,ou=groups,dc=example,dc=org"}}});
  EXPECT_EQ(login("one", "pw"), "one");
  EXPECT_THAT((**directory_->find("one")).member_of, ElementsAre("staff"));
}

TEST_F(LdapTest, APersonsPrivateGroupHasTheirNameAndLeavesItToThem) {
  add_entry("cn=bob,ou=groups,dc=example,dc=org",
            {{"objectClass", {"posixGroup"}}, {"cn", {"bob"}}, {"gidNumber", {"1001"}}});
  for (const char* check : {"", "bind.auth.enable = true\n"}) {
    open(check);
    EXPECT_EQ(login("bob", "böb"), "bob");
    EXPECT_EQ(login("bob@example.org", "böb"), "bob");
    EXPECT_EQ((**directory_->find("bob")).type, PrincipalType::kIndividual);
    EXPECT_EQ(directory_->resolve("bob@example.org", {})->accounts.at(0).name, "bob");
  }
  add_entry("cn=bob,ou=people,dc=example,dc=org",
            {{"objectClass", {"posixGroup"}}, {"cn", {"bob"}}, {"gidNumber", {"1002"}}});
  EXPECT_EQ(login("bob", "böb"), "bob") << "however many there are";
}

TEST_F(LdapTest, EveryKindOfGroupTellsItsMembers) {
  const std::string base = ",dc=example,dc=org";
  // Whose name is not that of the entry.
  add_entry("cn=Dora Example,ou=people" + base, {{"objectClass", {"inetOrgPerson"}},
                                                 {"cn", {"Dora Example"}},
                                                 {"sn", {"Example"}},
                                                 {"uid", {"dora"}},
                                                 {"mail", {"dora@example.org"}}});
  const std::string bob = "uid=bob,ou=people" + base, dora = "cn=Dora Example,ou=people" + base;
  add_entry("cn=names,ou=groups" + base, {{"objectClass", {"groupOfNames", "mailPerson"}},
                                          {"cn", {"names"}},
                                          {"mail", {"names@example.org"}},
                                          {"member", {bob, dora, "uid=nosuch,ou=people" + base}}});
  add_entry("cn=unique,ou=groups" + base, {{"objectClass", {"groupOfUniqueNames", "mailPerson"}},
                                           {"cn", {"unique"}},
                                           {"mail", {"unique@example.org"}},
                                           {"uniqueMember", {"cn=names,ou=groups" + base}}});
  add_entry("cn=posix,ou=groups" + base, {{"objectClass", {"posixGroup", "mailPerson"}},
                                          {"cn", {"posix"}},
                                          {"gidNumber", {"1001"}},
                                          {"mail", {"posix@example.org"}},
                                          {"memberUid", {"bob", "dora"}}});
  open("");
  for (const char* group : {"names@example.org", "unique@example.org", "posix@example.org"}) {
    const auto found = directory_->resolve(group, {});
    ASSERT_TRUE(found) << found.error().describe();
    std::vector<std::string> names;
    for (const auto& account : found->accounts) names.push_back(account.name);
    EXPECT_THAT(names, UnorderedElementsAre("bob", "dora")) << group;
  }
}

TEST_F(LdapTest, TwoGroupsOfOneNameAreNoAnswer) {
  open("");
  for (const char* unit : {"people", "groups"})
    add_entry("cn=twins,ou=" + std::string(unit) + ",dc=example,dc=org",
              {{"objectClass", {"posixGroup"}}, {"cn", {"twins"}}, {"gidNumber", {"1001"}}});
  EXPECT_THAT(login("twins", "pw"), HasSubstr("several entries"));
}

TEST_F(LdapTest, SpeaksTls) {
  setenv("SSL_CERT_FILE", slapd().parameter("ca").c_str(), 1);
  open("tls.enable = true\n");
  EXPECT_EQ(login("bob", "böb"), "bob");
  auto settings = read_ldap();
  settings.target.url = slapd().parameter("tls_url");
  directory_ = std::make_shared<ldap::LdapDirectory>(settings, data_, logins(), clock_, random_);
  EXPECT_EQ(login("bob", "böb"), "bob");
  unsetenv("SSL_CERT_FILE");
  open("tls.enable = true\n");
  EXPECT_THAT(login("bob", "böb"), HasSubstr("cannot be asked now"))
      << "the system does not know this authority";
  open("tls.enable = true\ntls.ca-file = '" + slapd().parameter("ca") + "'\n");
  EXPECT_EQ(login("bob", "böb"), "bob");
  open("tls.enable = true\ntls.allow-invalid-certs = true\n");
  EXPECT_EQ(login("bob", "böb"), "bob");
}

TEST_F(LdapTest, ScramWhereTheSecretCanBeRead) {
  open("");
  EXPECT_FALSE(directory_->serves_scram());
  const auto add = [](const std::string& name, const std::string& attribute, const std::string& secret) {
    add_entry("uid=" + name + ",ou=people,dc=example,dc=org",
              {{"objectClass", {"inetOrgPerson", "mailPerson"}},
               {"cn", {name}},
               {"sn", {name}},
               {"uid", {name}},
               {attribute, {secret}}});
  };
  const auto keys = derive_scram("their secret", "a salt", kMinScramIterations);
  const std::string rfc5803 = "SCRAM-SHA-256$4096:" + base64_encode(keys->salt) + "$" +
                              base64_encode(keys->keys.stored_key) + ":" +
                              base64_encode(keys->keys.server_key);
  std::string spaced = rfc5803;
  spaced.replace(spaced.find('$'), 1, " $ ");
  add("plain", "userPassword", "in clear");
  add("verifier", "userPassword", format_scram(*keys));
  add("standard", "userPassword", rfc5803);
  add("authpassword", "authPassword", spaced);
  add("hashed", "userPassword", "{SHA}EfatjsUqKYSrqv18O1FlA3hcIHI=");
  open("scram.enable = true\n");
  EXPECT_TRUE(directory_->serves_scram());
  EXPECT_EQ(scram("plain", "in clear"), "plain");
  EXPECT_EQ(scram("plain", "guess"), "");
  for (const char* name : {"verifier", "standard", "authpassword"}) {
    EXPECT_EQ(scram(name, "their secret"), name);
    EXPECT_EQ(login(name, "their secret"), name) << "and by PLAIN";
    EXPECT_EQ(scram(name, "guess"), "");
  }
  EXPECT_EQ(login("hashed", "x"), "hashed");
  EXPECT_EQ(scram("hashed", "x"), "");
  EXPECT_EQ(scram("nobody", "x"), "");
}

TEST_F(LdapTest, ScramIsRefusedWhereNobodyCanReadSecrets) {
  for (const char* more : {"bind.auth.enable = true\n", "schema = 'active-directory'\n"}) {
    const auto config =
        config::Config::load_text(gannet::testing::ldap_settings(std::string(more) + "scram.enable = true\n"),
                                  "test.toml", {.fragment = true});
    ASSERT_TRUE(config) << config.error().describe();
    const auto settings = ldap::read_settings(*config, "people");
    ASSERT_FALSE(settings);
    EXPECT_THAT(settings.error().text(), HasSubstr("directory.people.scram.enable: SCRAM needs"));
  }
}

TEST_F(LdapTest, ReadsActiveDirectorysSchema) {
  const std::string people = ",ou=people,dc=example,dc=org";
  add_entry("cn=Dora Example" + people, {{"objectClass", {"user"}},
                                         {"cn", {"Dora Example"}},
                                         {"sn", {"Example"}},
                                         {"displayName", {"Dora Example"}},
                                         {"sAMAccountName", {"DoraE"}},
                                         {"userPrincipalName", {"dora@corp.example.org"}},
                                         {"userAccountControl", {"512"}},
                                         {"proxyAddresses", {"smtp:d@example.org", "SMTP:dora@example.org"}},
                                         {"userPassword", {"dora's"}}});
  add_entry("cn=Emil Example" + people, {{"objectClass", {"user"}},
                                         {"cn", {"Emil Example"}},
                                         {"sn", {"Example"}},
                                         {"sAMAccountName", {"emil"}},
                                         {"userAccountControl", {"514"}},
                                         {"mail", {"emil@example.org"}},
                                         {"userPassword", {"emil's"}}});
  add_entry("cn=The Team,ou=groups,dc=example,dc=org", {{"objectClass", {"group"}},
                                                        {"cn", {"The Team"}},
                                                        {"sAMAccountName", {"team"}},
                                                        {"mail", {"team@example.org"}},
                                                        {"member", {"cn=Dora Example" + people}}});
  open("schema = 'active-directory'\n");
  EXPECT_EQ(login("dorae", "dora's"), "dorae");
  EXPECT_EQ(login("Dora@corp.example.org", "dora's"), "dorae");
  EXPECT_EQ(login("d@example.org", "dora's"), "dorae");
  EXPECT_EQ(login("dorae", "guess"), "wrong password");
  EXPECT_EQ(login("emil", "emil's"), "disabled");
  const auto dora = **directory_->find("DoraE");
  EXPECT_THAT(dora.emails, ElementsAre("dora@example.org", "d@example.org"));
  EXPECT_THAT(dora.member_of, ElementsAre("team"));
  EXPECT_TRUE(*directory_->may_send_as(dora, "team@example.org"));
  EXPECT_FALSE(*directory_->may_send_as(dora, "emil@example.org"));
  EXPECT_EQ(directory_->resolve("D@example.org", {})->accounts.at(0).name, "dorae");
  EXPECT_EQ(directory_->resolve("emil@example.org", {})->accounts.at(0).name, "emil")
      << "it still receives mail";
}

TEST_F(LdapTest, AsksLittle) {
  open("bind.auth.enable = true\n");
  EXPECT_EQ(login("bob", "böb"), "bob");
  auto searches = ldap_operations("Search"), binds = ldap_operations("Bind");
  EXPECT_EQ(login("bob", "böb"), "bob");
  // Each look at the counters is a bind and a search as well.
  EXPECT_EQ(ldap_operations("Search") - searches, 2 + 1);
  EXPECT_EQ(ldap_operations("Bind") - binds, 2 + 2) << "one back to who searches, one for the user";
  searches = ldap_operations("Search");
  EXPECT_TRUE(directory_->resolve("bob@example.org", {}));
  EXPECT_EQ(ldap_operations("Search") - searches, 1 + 2);
}

}  // namespace
}  // namespace gannet::directory::contract
