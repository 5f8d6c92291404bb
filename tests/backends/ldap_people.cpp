#include "tests/backends/ldap_people.h"

#include <gtest/gtest.h>
#include <ldap.h>

#include <algorithm>
#include <memory>

#include "base/unicode.h"

namespace gannet::testing {
namespace {

using Attributes = std::vector<std::pair<std::string, std::vector<std::string>>>;

std::string get(const std::string& name) {
  return slapd().parameter(name);
}

// As the server's administrator.
class Admin {
 public:
  Admin() {
    EXPECT_EQ(ldap_initialize(&ldap_, get("url").c_str()), LDAP_SUCCESS);
    const int version = 3;
    ldap_set_option(ldap_, LDAP_OPT_PROTOCOL_VERSION, &version);
    std::string secret = get("admin_secret");
    berval credentials{.bv_len = secret.size(), .bv_val = secret.data()};
    EXPECT_EQ(ldap_sasl_bind_s(ldap_, get("admin").c_str(), LDAP_SASL_SIMPLE, &credentials, nullptr, nullptr,
                               nullptr),
              LDAP_SUCCESS);
  }
  ~Admin() { ldap_unbind_ext_s(ldap_, nullptr, nullptr); }
  Admin(const Admin&) = delete;

  void add(const std::string& dn, const Attributes& attributes) {
    std::vector<std::vector<berval>> values(attributes.size());
    std::vector<std::vector<berval*>> pointers(attributes.size());
    std::vector<LDAPMod> mods(attributes.size());
    std::vector<LDAPMod*> list;
    for (std::size_t i = 0; i < attributes.size(); ++i) {
      for (const auto& value : attributes[i].second)
        values[i].push_back({.bv_len = value.size(), .bv_val = const_cast<char*>(value.data())});
      for (auto& value : values[i]) pointers[i].push_back(&value);
      pointers[i].push_back(nullptr);
      mods[i].mod_op = LDAP_MOD_ADD | LDAP_MOD_BVALUES;
      mods[i].mod_type = const_cast<char*>(attributes[i].first.c_str());
      mods[i].mod_bvalues = pointers[i].data();
      list.push_back(&mods[i]);
    }
    list.push_back(nullptr);
    const int code = ldap_add_ext_s(ldap_, dn.c_str(), list.data(), nullptr, nullptr);
    EXPECT_EQ(code, LDAP_SUCCESS) << dn << ": " << ldap_err2string(code);
  }

  void remove_below(const std::string& base) {
    for (const auto& dn : names(base))
      if (dn != base) EXPECT_EQ(ldap_delete_ext_s(ldap_, dn.c_str(), nullptr, nullptr), LDAP_SUCCESS) << dn;
  }

  std::string value(const std::string& dn, const char* attribute) {
    LDAPMessage* found = nullptr;
    const char* wanted[] = {attribute, nullptr};
    EXPECT_EQ(ldap_search_ext_s(ldap_, dn.c_str(), LDAP_SCOPE_BASE, "(objectClass=*)",
                                const_cast<char**>(wanted), 0, nullptr, nullptr, nullptr, 1, &found),
              LDAP_SUCCESS)
        << dn;
    std::string out;
    if (LDAPMessage* entry = ldap_first_entry(ldap_, found))
      if (berval** values = ldap_get_values_len(ldap_, entry, attribute)) {
        out.assign(values[0]->bv_val, values[0]->bv_len);
        ldap_value_free_len(values);
      }
    ldap_msgfree(found);
    return out;
  }

  std::vector<std::string> names(const std::string& base, const std::string& filter = "(objectClass=*)") {
    std::vector<std::string> out;
    LDAPMessage* found = nullptr;
    const char* none[] = {LDAP_NO_ATTRS, nullptr};
    EXPECT_EQ(ldap_search_ext_s(ldap_, base.c_str(), LDAP_SCOPE_SUBTREE, filter.c_str(),
                                const_cast<char**>(none), 0, nullptr, nullptr, nullptr, 0, &found),
              LDAP_SUCCESS);
    for (LDAPMessage* entry = ldap_first_entry(ldap_, found); entry; entry = ldap_next_entry(ldap_, entry)) {
      char* dn = ldap_get_dn(ldap_, entry);
      out.emplace_back(dn);
      ldap_memfree(dn);
    }
    ldap_msgfree(found);
    return out;
  }

 private:
  LDAP* ldap_ = nullptr;
};

// IA5Strings: domains as A-labels.
std::vector<std::string> ia5(const std::vector<std::string>& addresses) {
  std::vector<std::string> out;
  for (const auto& address : addresses) {
    const auto at = address.rfind('@');
    out.push_back(address.substr(0, at + 1) + domain_to_ascii(address.substr(at + 1)).value_or(""));
  }
  return out;
}

Attributes entry_of(const directory::contract::Person& person) {
  using enum directory::PrincipalType;
  const auto& p = person.principal;
  const bool one = p.type == kIndividual;
  const char* kind = one ? "inetOrgPerson" : p.type == kGroup ? "groupOfNames" : "nisMailAlias";
  Attributes out{{"objectClass", {kind, "mailPerson"}}, {"cn", {p.name}}};
  auto addresses = ia5(p.emails);
  if (p.name == "bob") addresses.emplace_back("@catch.example");
  out.push_back({"mail", addresses});
  if (p.type == kList) out.push_back({"rfc822MailMember", p.members});
  if (p.type == kGroup) out.push_back({"member", {}});
  for (const auto& member : p.members)
    if (p.type == kGroup) out.back().second.push_back("uid=" + member + ",ou=people," + get("base"));
  if (!one) return out;
  out.push_back({"uid", {p.name}});
  out.push_back({"sn", {p.name}});
  out.push_back({"userPassword", {person.password}});
  if (!p.description.empty()) out.push_back({"displayName", {p.description}});
  if (p.quota > 0) out.push_back({"mailQuota", {std::to_string(p.quota)}});
  if (p.disabled) out.push_back({"nsAccountLock", {"TRUE"}});
  if (p.role == directory::Role::kAdmin) out.push_back({"employeeType", {"admin"}});
  return out;
}

}  // namespace

Backend& slapd() {
  return Backend::shared("slapd");
}

void add_entry(const std::string& dn, const Attributes& attributes) {
  Admin().add(dn, attributes);
}

// Those of whoever counted before may be closing still.
int ldap_connections() {
  return static_cast<int>(
      Admin()
          .names("cn=Connections,cn=Monitor",
                 "(&(objectClass=monitorConnection)(!(monitorConnectionAuthzDN=" + get("admin") + ")))")
          .size());
}

long ldap_operations(const std::string& kind) {
  return std::stol(Admin().value("cn=" + kind + ",cn=Operations,cn=Monitor", "monitorOpCompleted"));
}

void fill_ldap(const std::vector<directory::contract::Person>& people) {
  Admin admin;
  const std::string base = get("base");
  admin.remove_below("ou=groups," + base);
  admin.remove_below("ou=people," + base);
  for (const auto& person : people) {
    const auto& p = person.principal;
    if (p.type == directory::PrincipalType::kDomain) continue;
    const bool one = p.type == directory::PrincipalType::kIndividual;
    admin.add((one ? "uid=" + p.name + ",ou=people," : "cn=" + p.name + ",ou=groups,") + base,
              entry_of(person));
  }
}

std::string ldap_settings(const std::string& more) {
  std::string out = "[directory.people]\ntype = 'ldap'\nurl = '" + get("url") + "'\nbase-dn = '" +
                    get("base") + "'\nattributes.class = ['objectClass', 'employeeType']\n";
  if (!more.contains("schema = ")) out += "schema = 'openldap'\n";
  if (!more.contains("bind = "))
    out += "bind.dn = '" + get("reader") + "'\nbind.secret = '" + get("reader_secret") + "'\n";
  return out + more;
}

directory::ldap::Settings read_ldap(const std::string& more) {
  const auto config = config::Config::load_text(ldap_settings(more), "test.toml", {.fragment = true});
  EXPECT_TRUE(config) << config.error().describe();
  auto settings = directory::ldap::read_settings(*config, "people");
  EXPECT_TRUE(settings) << settings.error().describe();
  return settings.value();
}

}  // namespace gannet::testing
