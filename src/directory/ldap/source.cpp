#include "directory/ldap/source.h"

#include <algorithm>
#include <charconv>

#include "base/unicode.h"
#include "directory/address.h"
#include "directory/ldap/escape.h"
#include "directory/sparing.h"
#include "observe/log.h"

namespace gannet::directory::ldap {
namespace {

const std::vector<std::string>* values_of(const Entry& entry, const std::string& attribute) {
  const auto found = entry.attributes.find(attribute);
  return found == entry.attributes.end() || found->second.empty() ? nullptr : &found->second;
}

// Of the first attribute that the entry has.
std::string first(const Entry& entry, const std::vector<std::string>& attributes) {
  for (const auto& name : attributes)
    if (const auto* values = values_of(entry, name)) return values->front();
  return {};
}

std::vector<std::string> all(const Entry& entry, const std::vector<std::string>& attributes) {
  std::vector<std::string> out;
  for (const auto& name : attributes)
    if (const auto* values = values_of(entry, name)) out.insert(out.end(), values->begin(), values->end());
  return out;
}

// Active Directory's proxyAddresses: "SMTP:alice@example.org".
std::string_view without_scheme(std::string_view address) {
  return equal_ignoring_ascii_case(address.substr(0, 5), "smtp:") ? address.substr(5) : address;
}

// The primary address first: that of `email`, or what proxyAddresses have as "SMTP:".
std::vector<std::string> addresses_of(const Settings& settings, const Entry& entry) {
  std::vector<std::string> out;
  for (const auto& text : all(entry, settings.attributes.email)) out.emplace_back(without_scheme(text));
  const bool has_primary = !out.empty();
  for (const auto& text : all(entry, settings.attributes.email_alias))
    out.insert(!has_primary && text.starts_with("SMTP:") ? out.begin() : out.end(),
               std::string(without_scheme(text)));
  return out;
}

// TRUE of nsAccountLock, "disabled" of accountStatus, or the bit ACCOUNTDISABLE of Active Directory.
bool is_disabled(const Settings& settings, const Entry& entry) {
  for (const auto& name : settings.attributes.disabled) {
    const auto* values = values_of(entry, name);
    if (!values) continue;
    const std::string value = to_lower_ascii(values->front());
    unsigned bits = 0;
    if (name == "useraccountcontrol") {
      std::from_chars(value.data(), value.data() + value.size(), bits);
      if ((bits & 2U) != 0) return true;
    } else if (value == "true" || value == "1" || value == "yes" || value == "disabled" ||
               value == "locked") {
      return true;
    }
  }
  return false;
}

std::uint64_t quota_of(const Settings& settings, const Entry& entry) {
  const std::string text = first(entry, settings.attributes.quota);
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || (error == std::errc() && end == text.data() + text.size())) return out;
  if (const auto untold = tell_sparingly("bad-quota " + settings.connections.key + entry.dn))
    observe::warn("directory.bad-quota", {{"directory", settings.connections.key},
                                          {"name", to_valid_utf8(entry.dn)},
                                          {"quota", to_valid_utf8(text)},
                                          {"untold", *untold}});
  return 0;
}

void set_class(const Settings& settings, const Entry& entry, Principal& principal) {
  for (const auto& text : all(entry, settings.attributes.type)) {
    const std::string word = to_lower_ascii(text);
    if (!settings.group_class.empty() && word == settings.group_class) {
      principal.type = PrincipalType::kGroup;
    } else if (settings.user_class.empty() || word != settings.user_class) {
      apply_class(word, principal);  // other classes mean nothing here
    }
  }
}

// cn=sales,ou=groups,dc=example,dc=org to "sales", where cn is one of the attributes that names are read from.
std::optional<std::string> name_in_dn(const Settings& settings, std::string_view dn) {
  const auto equals = dn.find('=');
  if (equals == std::string_view::npos) return std::string(dn);
  const std::string attribute = to_lower_ascii(dn.substr(0, equals));
  if (std::ranges::find(settings.attributes.name, attribute) == settings.attributes.name.end())
    return std::nullopt;
  const auto end = dn.find_first_of(",+", equals);
  const std::string_view value =
      dn.substr(equals + 1, end == std::string_view::npos ? end : end - equals - 1);
  if (value.contains('\\')) return std::nullopt;
  return std::string(value);
}

// Addresses are IA5Strings in most schemas, so a domain stands there as A-labels (RFC 5890 2.3.2.1).
std::string asked_domain(std::string_view domain) {
  return domain_to_ascii(domain).value_or(std::string(domain));
}
std::string asked_address(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || !is_ascii(text.substr(0, at))) return std::string(text);
  return std::string(text.substr(0, at + 1)) + asked_domain(text.substr(at + 1));
}

bool holds(const Entry& entry, const std::vector<std::string>& attributes, std::string_view asked) {
  const std::string as_sent = asked_address(asked);
  return std::ranges::any_of(attributes, [&](const std::string& attribute) {
    const auto* values = values_of(entry, to_lower_ascii(attribute));
    return values && std::ranges::any_of(*values, [&](const std::string& value) {
             const auto text = without_scheme(value);
             return normalize_login(text) == asked || to_lower_ascii(text) == as_sent;
           });
  });
}

// groupOfNames, Active Directory's group; groupOfUniqueNames; posixGroup (RFC 2307), which has names.
const std::vector<std::string> kGroupMembers{"member", "uniquemember", "memberuid"};

// Active Directory gives the members of a large group in parts ("member;range=0-1499"): the first would be passed off
// as all.
Result<void> check_whole(const Settings& settings, const Entry& entry) {
  for (const auto& [attribute, values] : entry.attributes)
    if (attribute.starts_with("member;range="))
      return fail(DirectoryError::kUnavailable, "the directory cannot be asked now",
                  settings.connections.key + ": the server does not tell all members of " + entry.dn +
                      " at once; make it groups of fewer members",
                  Retry::kCanHelp);
  return {};
}

std::vector<std::string> wanted(const Settings& settings, const std::string& filter) {
  std::vector<std::string> out = compared_attributes(filter);
  for (auto& name : out) name = to_lower_ascii(name);
  const Attributes& a = settings.attributes;
  for (const auto* list : {&a.name, &a.description, &a.secret, &a.groups, &a.email, &a.email_alias, &a.quota,
                           &a.type, &a.members, &a.disabled, &kGroupMembers})
    for (const auto& name : *list)
      // What binding checks need not be read.
      if (!(list == &a.secret && settings.check != Check::kSecret) &&
          std::ranges::find(out, name) == out.end())
        out.push_back(name);
  return out;
}

// The groups' names, where the values tell them all without another question.
void set_groups(const Settings& settings, const Entry& entry, StoredPrincipal& stored) {
  stored.principal.member_of = all(entry, settings.attributes.groups);
  std::vector<std::string> names;
  for (const auto& group : stored.principal.member_of) {
    auto name = name_in_dn(settings, group);
    if (!name) return;
    names.push_back(*std::move(name));
  }
  stored.principal.member_of = std::move(names);
  stored.complete = true;
}

// `asked`, normalised, is what the filter was given.
Found read_person(const Settings& settings, const Entry& entry, const std::string& filter,
                  std::string_view asked) {
  Found out;
  Principal& p = out.stored.principal;
  p.name = first(entry, settings.attributes.name);
  p.description = first(entry, settings.attributes.description);
  p.emails = addresses_of(settings, entry);
  p.quota = quota_of(settings, entry);
  p.disabled = is_disabled(settings, entry);
  p.members = all(entry, settings.attributes.members);
  set_groups(settings, entry, out.stored);
  set_class(settings, entry, p);
  if (p.type == PrincipalType::kGroup) p.members = all(entry, kGroupMembers);  // for group_members()
  if (p.type == PrincipalType::kIndividual) out.stored.secrets = all(entry, settings.attributes.secret);
  out.stored.origin = entry.dn;
  out.holds_question = holds(entry, compared_attributes(filter), asked);
  out.knows_addresses = !settings.attributes.email.empty() || !settings.attributes.email_alias.empty();
  return out;
}

// Leaves out the others, if there is one such at all.
template <typename Is>
void keep_where(std::vector<Found>& found, const Is& is) {
  if (std::ranges::any_of(found, is)) std::erase_if(found, [&](const Found& one) { return !is(one); });
}

}  // namespace

Result<std::vector<Entry>> LdapSource::below_base(std::string filter, std::vector<std::string> attributes,
                                                  int limit) {
  return ask_({.base = settings_.base_dn,
               .base_setting = settings_.connections.key + ".base-dn",
               .filter = std::move(filter),
               .attributes = std::move(attributes),
               .limit = limit});
}

// A person's private group has their name, as Linux makes it: a login is never a group, so that of the person is meant.
// Several persons are no answer: which of them may log in?
Result<std::optional<Found>> LdapSource::by_name(std::string_view name) {
  constexpr int kMost = 20;
  std::vector<Found> found;
  for (const auto& entry : TRY(below_base(with_value(settings_.filters.name, asked_address(name)),
                                          wanted(settings_, settings_.filters.name), kMost))) {
    TRY(check_whole(settings_, entry));
    found.push_back(read_person(settings_, entry, settings_.filters.name, name));
  }
  if (found.empty()) return std::nullopt;
  const bool all = found.size() < kMost;
  keep_where(found, [](const Found& one) { return one.holds_question; });
  keep_where(found, [](const Found& one) { return one.stored.principal.type == PrincipalType::kIndividual; });
  if (found.size() == 1 && all) return std::move(found.front());
  const auto several = fail(DirectoryError::kUnavailable, "the directory cannot be asked now",
                            settings_.connections.key + ".filter.name finds several entries for " +
                                std::string(name) + ": " + found[0].stored.origin + " and " +
                                (found.size() > 1 ? found[1].stored.origin : "more than are read"));
  report_lost(settings_.connections.key, several.error());
  return several;
}

Result<std::vector<Found>> LdapSource::by_address(std::string_view address) {
  std::vector<Found> out;
  for (const auto& entry : TRY(below_base(with_value(settings_.filters.email, asked_address(address)),
                                          wanted(settings_, settings_.filters.email)))) {
    TRY(check_whole(settings_, entry));
    out.push_back(read_person(settings_, entry, settings_.filters.email, address));
  }
  for (Found& found : out)
    if (!found.stored.complete) found.stored.principal.member_of.clear();
  return out;
}

Result<std::string> LdapSource::name_of_entry(const std::string& dn) {
  for (const auto& entry : TRY(ask_({.base = dn,
                                     .base_setting = {},
                                     .scope = Connection::Scope::kBase,
                                     .filter = "(objectClass=*)",
                                     .attributes = settings_.attributes.name,
                                     .limit = 1})))
    return first(entry, settings_.attributes.name);
  return std::string();
}

// Of the name of an entry only the attribute that names people counts: cn=Dora Example is the login of nobody.
Result<std::vector<std::string>> LdapSource::group_members(const StoredPrincipal& group) {
  std::vector<std::string> out;
  for (const auto& member : group.principal.members) {
    const auto equals = member.find('=');
    const bool tells = equals == std::string::npos ||
                       to_lower_ascii(member.substr(0, equals)) == settings_.attributes.name.front();
    auto name = tells ? name_in_dn(settings_, member) : std::nullopt;
    if (!name) name = TRY(name_of_entry(member));
    if (!name->empty()) out.push_back(*std::move(name));
  }
  return out;
}

// Values are names, or names of entries; of the latter, those are asked that do not tell it themselves.
Result<void> LdapSource::complete(StoredPrincipal& stored) {
  std::vector<std::string> groups = std::move(stored.principal.member_of), names;
  if (groups.empty())
    for (const auto& entry : TRY(ask_({.base = stored.origin,
                                       .base_setting = {},
                                       .scope = Connection::Scope::kBase,
                                       .filter = "(objectClass=*)",
                                       .attributes = settings_.attributes.groups,
                                       .limit = 1})))
      groups = all(entry, settings_.attributes.groups);
  for (const auto& group : groups) {
    if (auto name = name_in_dn(settings_, group)) {
      names.push_back(*std::move(name));
      continue;
    }
    if (auto name = TRY(name_of_entry(group)); !name.empty()) names.push_back(std::move(name));
  }
  stored.principal.member_of = std::move(names);
  return {};
}

Result<std::vector<std::string>> LdapSource::members(const StoredPrincipal& list) {
  std::vector<std::string> out = list.principal.members;
  const auto& emails = list.principal.emails;
  if (settings_.filters.expand.empty() || emails.empty()) return out;
  const auto address = normalize_address(emails.front());
  if (!address) return out;
  for (const auto& entry : TRY(below_base(with_value(settings_.filters.expand, asked_address(*address)),
                                          wanted(settings_, settings_.filters.expand))))
    if (auto addresses = addresses_of(settings_, entry); !addresses.empty())
      out.push_back(std::move(addresses.front()));
  return out;
}

Result<bool> LdapSource::has_domain(std::string_view domain) {
  if (std::ranges::find(settings_.domains, domain) != settings_.domains.end()) return true;
  if (settings_.filters.domains.empty()) return false;
  const auto compared = compared_attributes(settings_.filters.domains);
  const auto entries =
      TRY(below_base(with_value(settings_.filters.domains, asked_domain(domain)), compared, 1));
  const std::string end = "@" + std::string(domain);
  for (const auto& entry : entries)
    for (const auto& [name, values] : entry.attributes)
      for (const auto& value : values) {
        const auto address = normalize_address(without_scheme(value));
        if ((address && address->ends_with(end)) || normalize_domain(value) == domain) return true;
      }
  return false;
}

Result<std::vector<std::string>> LdapSource::addresses(std::string_view text, std::size_t limit) {
  std::vector<std::string> out;
  if (settings_.filters.verify.empty()) return out;
  for (const auto& entry :
       TRY(below_base(with_value(settings_.filters.verify, text), wanted(settings_, settings_.filters.verify),
                      static_cast<int>(std::min<std::size_t>(limit + 50, 1000)))))
    std::ranges::move(addresses_of(settings_, entry), std::back_inserter(out));
  return out;
}

}  // namespace gannet::directory::ldap
