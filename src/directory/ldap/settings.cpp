#include "directory/ldap/settings.h"

#include <algorithm>

#include "base/unicode.h"
#include "directory/address.h"

namespace gannet::directory::ldap {
namespace {

std::unexpected<Error> invalid(const std::string& key, const std::string& text) {
  return fail(DirectoryError::kInvalid, key + ": " + text);
}

struct Preset {
  Filters filters;
  Attributes attributes;
  bool bind_auth = false;
};

// inetOrgPerson (RFC 2798), posixAccount and posixGroup (RFC 2307), groupOfNames, nisMailAlias, inetLocalMailRecipient.
const Preset& openldap() {
  static const Preset kPreset{
      .filters =
          {.name = "(|(&(|(objectClass=inetOrgPerson)(objectClass=posixAccount))(uid=?))"
                   "(&(|(objectClass=posixGroup)(objectClass=groupOfNames)(objectClass=groupOfUniqueNames))"
                   "(cn=?)))",
           .email = "(|(mail=?)(mailLocalAddress=?))",
           .verify = "(|(mail=?*)(mailLocalAddress=?*))",
           .expand = "",
           .domains = "(|(mail=*@?)(mailLocalAddress=*@?))"},
      .attributes = {.name = {"uid", "cn"},
                     .description = {"displayname", "cn"},
                     .secret = {"userpassword", "authpassword"},
                     .groups = {"memberof"},
                     .email = {"mail"},
                     .email_alias = {"maillocaladdress"},
                     .quota = {"mailquota"},
                     .type = {"objectclass"},
                     .members = {"rfc822mailmember"},
                     .disabled = {"nsaccountlock"}},
  };
  return kPreset;
}

// Active Directory tells nobody the passwords; proxyAddresses are "smtp:" and an address.
const Preset& active_directory() {
  static const Preset kPreset{
      .filters = {.name = "(&(|(objectClass=user)(objectClass=group))(!(objectClass=computer))"
                          "(|(sAMAccountName=?)(userPrincipalName=?)))",
                  .email = "(&(|(objectClass=user)(objectClass=group))"
                           "(|(mail=?)(otherMailbox=?)(proxyAddresses=smtp:?)))",
                  .verify = "(&(objectClass=user)(|(mail=?*)(proxyAddresses=smtp:?*)))",
                  .expand = "",
                  .domains = "(|(mail=*@?)(proxyAddresses=smtp:*@?))"},
      .attributes = {.name = {"samaccountname"},
                     .description = {"displayname"},
                     .secret = {},
                     .groups = {"memberof"},
                     .email = {"mail"},
                     .email_alias = {"proxyaddresses", "othermailbox"},
                     .quota = {},
                     .type = {"objectclass"},
                     .members = {},
                     .disabled = {"useraccountcontrol"}},
      .bind_auth = true,
  };
  return kPreset;
}

const Preset& no_preset() {
  static const Preset kPreset{};
  return kPreset;
}

Result<void> check_filter(const std::string& key, const std::string& filter) {
  if (filter.empty()) return {};
  int open = 0;
  for (std::size_t i = 0; i < filter.size(); ++i) {
    if (filter[i] == '(') ++open;
    if (filter[i] == ')' && --open == 0 && i + 1 != filter.size())
      return invalid(key, "something follows after the filter's last parenthesis");
  }
  if (!filter.starts_with('(') || open != 0)
    return invalid(key, "is no filter: its parentheses do not match");
  if (!filter.contains('?')) return invalid(key, "has no ? for what is asked about");
  return {};
}

Result<Filters> read_filters(const config::Section& at, const std::string& key, const Filters& usual) {
  Filters out = usual;
  for (const auto& [name, filter] : {std::pair{"name", &Filters::name},
                                     {"email", &Filters::email},
                                     {"verify", &Filters::verify},
                                     {"expand", &Filters::expand},
                                     {"domains", &Filters::domains}}) {
    const std::string setting = std::string("filter.") + name;
    if (at.is_set(setting)) out.*filter = at.string(setting);
    TRY(check_filter(key + "." + setting, out.*filter));
  }
  for (const auto& [name, filter] : {std::pair{"name", &Filters::name}, {"email", &Filters::email}})
    if ((out.*filter).empty())
      return invalid(key + ".filter." + name,
                     "is not set; write it, or set " + key + ".schema to openldap or active-directory");
  return out;
}

Attributes read_attributes(const config::Section& at, const Attributes& usual) {
  Attributes out = usual;
  for (const auto& [name, attribute] : {std::pair{"name", &Attributes::name},
                                        {"description", &Attributes::description},
                                        {"secret", &Attributes::secret},
                                        {"groups", &Attributes::groups},
                                        {"email", &Attributes::email},
                                        {"email-alias", &Attributes::email_alias},
                                        {"quota", &Attributes::quota},
                                        {"class", &Attributes::type},
                                        {"members", &Attributes::members},
                                        {"disabled", &Attributes::disabled}}) {
    const std::string setting = std::string("attributes.") + name;
    if (at.is_set(setting) || (out.*attribute).empty()) out.*attribute = at.list(setting);
    for (auto& text : out.*attribute) text = to_lower_ascii(text);
  }
  return out;
}

Result<Check> read_check(const config::Section& at, const std::string& key, bool usual) {
  const bool bind = at.is_set("bind.auth.enable") ? at.flag("bind.auth.enable") : usual;
  if (!bind) return Check::kSecret;
  if (at.flag("bind.auth.search")) return Check::kSearchThenBind;
  if (!at.string("bind.auth.dn").contains('?'))
    return invalid(
        key + ".bind.auth.dn",
        "without a search before (bind.auth.search = false) it must say what to bind as, with ? for the "
        "login name");
  return Check::kBindThenSearch;
}

// ldap://, ldaps://, ldapi:// and nothing behind the port: searches start at base-dn.
bool is_server(std::string_view url) {
  for (const std::string_view scheme : {"ldap://", "ldaps://", "ldapi://"})
    if (url.starts_with(scheme))
      return url.size() > scheme.size() && url.find_first_of("/? ", scheme.size()) == std::string_view::npos;
  return false;
}

Result<Target> read_target(const config::Section& at, const std::string& key,
                           const ConnectionSettings& pool) {
  Target out;
  out.url = at.string("url");
  if (out.url.ends_with('/')) out.url.pop_back();
  if (!is_server(out.url))
    return invalid(key + ".url", "is not of the form ldap://HOST:PORT or ldaps://HOST:PORT");
  out.start_tls = at.flag("tls.enable");
  if (out.start_tls && !out.url.starts_with("ldap:"))
    return invalid(key + ".tls.enable",
                   "is STARTTLS, which goes with an ldap:// URL alone; ldaps:// has TLS from the start");
  out.allow_invalid_certificates = at.flag("tls.allow-invalid-certs");
  out.ca_file = at.string("tls.ca-file");
  out.bind_dn = at.string("bind.dn");
  out.bind_secret = at.secret("bind.secret");
  // RFC 4513 5.1.2: a name without a password is let in as nobody, and finds nothing.
  if (!out.bind_dn.empty() && out.bind_secret.empty())
    return invalid(key + ".bind.secret", "is not set, but " + key + ".bind.dn is");
  out.timeout = at.duration("timeout");
  out.create_timeout = pool.create_timeout;
  return out;
}

}  // namespace

Result<Settings> read_settings(const config::Config& config, const std::string& id) {
  const config::Section at = config.at("directory", id);
  const std::string key = config::join_key("directory", id), schema = at.string("schema");
  const Preset& preset = schema == "openldap"           ? openldap()
                         : schema == "active-directory" ? active_directory()
                                                        : no_preset();
  Settings out;
  out.id = id;
  out.connections = read_connection_settings(at, key);
  out.target = TRY(read_target(at, key, out.connections));
  out.base_dn = at.string("base-dn");
  out.check = TRY(read_check(at, key, preset.bind_auth));
  out.bind_as = at.string("bind.auth.dn");
  out.filters = TRY(read_filters(at, key, preset.filters));
  out.attributes = read_attributes(at, preset.attributes);
  if (out.attributes.name.empty())
    return invalid(key + ".attributes.name", "is not set: who is it that was found?");
  if (out.check == Check::kSecret && out.attributes.secret.empty())
    return invalid(key + ".attributes.secret",
                   "is not set; set it, or bind.auth.enable, so that logins can be checked");
  out.scram = at.flag("scram.enable");
  if (out.scram && out.check != Check::kSecret)
    return invalid(key + ".scram.enable",
                   "SCRAM needs passwords or verifiers that can be read: set bind.auth.enable to false, and "
                   "attributes.secret to what holds them");
  out.user_class = to_lower_ascii(at.string("object-classes.user"));
  out.group_class = to_lower_ascii(at.string("object-classes.group"));
  for (const auto& text : at.list("lookup.domains")) {
    auto domain = normalize_domain(text);
    if (!domain) return invalid(key + ".lookup.domains", "\"" + text + "\" is not a domain name");
    out.domains.push_back(*std::move(domain));
  }
  if (out.filters.domains.empty() && out.domains.empty())
    return invalid(key + ".filter.domains",
                   "is not set, nor is " + key + ".lookup.domains: which domains are served here?");
  return out;
}

}  // namespace gannet::directory::ldap
