#include "directory/ldap/escape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "directory/ldap/settings.h"

namespace gannet::directory::ldap {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(LdapEscape, AValueStaysAValueInAFilter) {
  EXPECT_EQ(with_value("(&(uid=?)(mail=?))", "a*)(uid=b\\"),
            "(&(uid=a\\2a\\29\\28uid=b\\5c)(mail=a\\2a\\29\\28uid=b\\5c))");
  EXPECT_EQ(escape_filter_value(std::string("a\0b", 3)), "a\\00b");
  EXPECT_EQ(escape_filter_value("böb"), "böb");
}

TEST(LdapEscape, AValueStaysAValueInAName) {
  EXPECT_EQ(with_dn_value("uid=?,dc=x", "a,dc=y+b"), "uid=a\\2cdc\\3dy\\2bb,dc=x");
  EXPECT_EQ(escape_dn_value(" #a b "), "\\20\\23a b\\20");
  EXPECT_EQ(escape_dn_value("<\";\\>"), "\\3c\\22\\3b\\5c\\3e");
  EXPECT_EQ(with_dn_value("?@example.org", "a=b"), "a=b@example.org") << "no name of RFC 4514";
}

TEST(LdapEscape, KnowsWhatAFilterCompares) {
  EXPECT_THAT(
      compared_attributes("(&(objectClass=user)(|(sAMAccountName=?)(proxyAddresses=smtp:?)(mail=*@?)))"),
      ElementsAre("sAMAccountName", "proxyAddresses", "mail"));
  EXPECT_THAT(compared_attributes("(cn:caseExactMatch:=?)"), ElementsAre("cn"));
}

std::string refusal(const std::string& lines) {
  const auto config = config::Config::load_text("[directory.d]\ntype = 'ldap'\nbase-dn = 'dc=x'\n" + lines,
                                                "test.toml", {.fragment = true});
  EXPECT_TRUE(config) << config.error().describe();
  const auto out = read_settings(config.value(), "d");
  return out ? "accepted" : out.error().text();
}

TEST(LdapSettings, ErrorsNameTheKey) {
  const std::string url = "url = 'ldap://h'\n", usual = url + "schema = 'openldap'\n";
  EXPECT_EQ(refusal(usual), "accepted");
  EXPECT_EQ(refusal("address = 'ldaps://h:636/'\nschema = 'active-directory'\n"), "accepted")
      << "as the first generation";
  EXPECT_THAT(refusal("url = 'http://h'\n"), HasSubstr("directory.d.url: is not of the form"));
  EXPECT_THAT(refusal("url = 'ldap://h/dc=x??sub'\n"), HasSubstr("directory.d.url: is not of the form"));
  EXPECT_THAT(refusal(url), HasSubstr("directory.d.filter.name: is not set"));
  EXPECT_THAT(refusal(usual + "filter.email = '(mail=?'\n"),
              HasSubstr("directory.d.filter.email: is no filter"));
  EXPECT_THAT(refusal(usual + "filter.email = '(mail=x)'\n"),
              HasSubstr("directory.d.filter.email: has no ?"));
  EXPECT_THAT(refusal(usual + "bind.dn = 'cn=x'\n"), HasSubstr("directory.d.bind.secret: is not set"));
  EXPECT_THAT(refusal("url = 'ldaps://h'\nschema = 'openldap'\ntls.enable = true\n"),
              HasSubstr("directory.d.tls.enable: "));
  EXPECT_THAT(refusal(usual + "bind.auth.enable = true\nbind.auth.search = false\n"),
              HasSubstr("directory.d.bind.auth.dn: "));
  EXPECT_THAT(refusal(usual + "attributes.secret = []\n"), HasSubstr("directory.d.attributes.secret: "));
}

}  // namespace
}  // namespace gannet::directory::ldap
