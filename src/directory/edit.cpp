#include "directory/edit.h"

#include <algorithm>
#include <array>

#include "base/unicode.h"
#include "directory/address.h"

namespace gannet::directory {
namespace {

constexpr std::size_t kMaxDescriptionBytes = 1024;

std::unexpected<Error> invalid(std::string text) {
  return fail(DirectoryError::kInvalid, std::move(text));
}

std::string quoted(std::string_view text) {
  return '"' + to_valid_utf8(text.substr(0, kMaxNameBytes)) + '"';
}

std::string a(PrincipalType type) {
  return std::string(type == PrincipalType::kIndividual ? "an " : "a ").append(to_string(type));
}

bool contains(const std::vector<std::string>& list, const std::string& text) {
  return std::ranges::find(list, text) != list.end();
}

void add_once(std::vector<std::string>& list, std::string text) {
  if (!contains(list, text)) list.push_back(std::move(text));
}

Result<std::string> checked_address(std::string_view text) {
  auto address = normalize_address(text);
  if (!address) return invalid(quoted(text) + " is not an e-mail address");
  return *std::move(address);
}

// Of a domain that is ours.
Result<std::string> address_here(Change& change, std::string_view text) {
  std::string address = TRY(checked_address(text));
  const std::string domain = address.substr(address.rfind('@') + 1);
  const auto stored = TRY(change.find(domain));
  if (!stored || stored->principal.type != PrincipalType::kDomain)
    return invalid("the domain of " + quoted(address) + " is not one of this server's: create the domain " +
                   quoted(domain) + " first");
  if (!stored->principal.alias_of.empty())
    return invalid("the domain of " + quoted(address) + " is an alias: what there is at " +
                   quoted(stored->principal.alias_of) + " is at " + quoted(domain) + " too");
  return address;
}

// The domain of which `alias` shall be an alias: one that is none itself, so that there are no chains.
Result<std::string> checked_alias(Change& change, const Principal& alias, std::string_view text) {
  if (text.empty()) return std::string();
  const auto name = normalize_domain(text);
  const auto target = name ? TRY(change.find(*name)) : std::nullopt;
  if (!target || target->principal.type != PrincipalType::kDomain)
    return invalid("there is no domain " + quoted(text) + " to be an alias of: create it first");
  if (*name == alias.name) return invalid("a domain cannot be an alias of itself");
  if (!target->principal.alias_of.empty())
    return invalid(quoted(text) + " is itself an alias: name " + quoted(target->principal.alias_of));
  if (const auto used = TRY(change.addresses_of(alias.name, 1)); !used.empty())
    return invalid("the domain " + quoted(alias.name) + " has addresses of its own, for example " +
                   quoted(used.front()));
  if (const auto others = TRY(change.aliases_of(alias.name, 1)); !others.empty())
    return invalid(quoted(others.front()) + " is an alias of " + quoted(alias.name));
  return *name;
}

Result<void> take_address(Change& change, const std::string& address, const std::string& name) {
  const std::string owner = TRY(change.owner(address));
  if (owner == name) return {};
  if (!owner.empty())
    return fail(DirectoryError::kExists, "the address " + quoted(address) + " belongs to " + quoted(owner));
  change.claim(address, name);
  return {};
}

Result<std::string> checked_description(std::string_view text) {
  if (text.size() > kMaxDescriptionBytes || has_unprintable(text))
    return invalid("the description is not printable text of at most " +
                   std::to_string(kMaxDescriptionBytes) + " bytes");
  return std::string(text);
}

Result<StoredPrincipal> find_typed(Change& change, std::string_view text, PrincipalType type) {
  const auto name = type == PrincipalType::kDomain ? normalize_domain(text) : normalize_login(text);
  const auto stored = name ? TRY(change.find(*name)) : std::nullopt;
  if (!stored || stored->principal.type != type)
    return fail(DirectoryError::kNotFound,
                "there is no " + std::string(to_string(type)) + " " + quoted(text));
  return *stored;
}

// As find_typed(), for somebody who is named in a change to another: its absence makes that one invalid.
Result<StoredPrincipal> find_named(Change& change, std::string_view text, PrincipalType type) {
  auto stored = find_typed(change, text, type);
  if (!stored && stored.error().is(DirectoryError::kNotFound)) return invalid(stored.error().text());
  return stored;
}

// Both sides of a membership.
Result<void> join(Change& change, StoredPrincipal& group, std::string_view member) {
  auto person = TRY(find_named(change, member, PrincipalType::kIndividual));
  add_once(group.principal.members, person.principal.name);
  add_once(person.principal.member_of, group.principal.name);
  change.put(std::move(person));
  return {};
}

Result<void> leave(Change& change, StoredPrincipal& group, std::string_view member) {
  const auto name = normalize_login(member);
  if (!name || std::erase(group.principal.members, *name) == 0)
    return invalid(quoted(member) + " is not a member of " + quoted(group.principal.name));
  if (auto person = TRY(change.find(*name))) {
    std::erase(person->principal.member_of, group.principal.name);
    change.put(*std::move(person));
  }
  return {};
}

Result<std::string> checked_catch_all(Change& change, std::string_view text) {
  if (text.empty()) return std::string();
  std::string address = TRY(checked_address(text));
  if (TRY(change.owner(address)).empty())
    return invalid("the catch-all address " + quoted(address) + " does not exist: create its account first");
  return address;
}

// What a principal of one type may not have.
Result<void> check_fields(const Principal& p) {
  const auto has = [&](bool wrong, const char* what) -> Result<void> {
    if (wrong) return invalid(a(p.type) + " has no " + what);
    return {};
  };
  const bool account = p.type == PrincipalType::kIndividual || p.type == PrincipalType::kGroup;
  TRY(has(p.quota != 0 && !account, "quota"));
  TRY(has(p.role != Role::kUser && p.type != PrincipalType::kIndividual, "role"));
  TRY(has(p.disabled && p.type != PrincipalType::kIndividual, "login to disable"));
  TRY(has(!p.catch_all.empty() && p.type != PrincipalType::kDomain, "catch-all address"));
  TRY(has(!p.alias_of.empty() && p.type != PrincipalType::kDomain, "domain to be an alias of"));
  if (!p.alias_of.empty() && !p.catch_all.empty())
    return invalid("an alias has the catch-all address of its domain, and none of its own");
  TRY(has(!p.emails.empty() && p.type == PrincipalType::kDomain, "addresses"));
  TRY(has(!p.members.empty() && p.type != PrincipalType::kGroup && p.type != PrincipalType::kList,
          "members"));
  TRY(has(!p.member_of.empty() && p.type != PrincipalType::kIndividual, "groups that it is in"));
  if (p.role != Role::kUser && p.role != Role::kAdmin) return invalid("the role is not known");
  if (p.type == PrincipalType::kList && p.emails.empty()) return invalid("a list needs an address");
  return {};
}

Result<std::string> checked_name(std::string_view text, PrincipalType type) {
  switch (type) {
    case PrincipalType::kDomain:
      if (auto name = normalize_domain(text)) return *std::move(name);
      return invalid(quoted(text) + " is not a domain name");
    case PrincipalType::kIndividual:
    case PrincipalType::kGroup:
    case PrincipalType::kList:
      // USER%MASTER is a login of its own kind.
      if (auto name = normalize_login(text); name && !name->contains('%')) return *std::move(name);
      return invalid(quoted(text) + " cannot be a name");
  }
  return invalid("the type is not known");
}

// The addresses given, and the name if it is one.
Result<std::vector<std::string>> addresses_for(Change& change, const Principal& p) {
  std::vector<std::string> out;
  for (const auto& email : p.emails) add_once(out, TRY(address_here(change, email)));
  if (p.name.contains('@')) add_once(out, TRY(address_here(change, p.name)));
  return out;
}

Result<void> update_addresses(Change& change, StoredPrincipal& stored, const PrincipalChange& what) {
  Principal& p = stored.principal;
  for (const auto& text : what.remove_emails) {
    const std::string address = TRY(checked_address(text));
    if (address == p.name)
      return invalid(quoted(address) + " is the name of the " + std::string(to_string(p.type)) +
                     " and stays");
    if (std::erase(p.emails, address) == 0)
      return invalid(quoted(address) + " is not an address of " + quoted(p.name));
    change.release(address);
  }
  for (const auto& text : what.add_emails) {
    std::string address = TRY(address_here(change, text));
    TRY(take_address(change, address, p.name));
    add_once(p.emails, std::move(address));
  }
  return {};
}

Result<void> update_members(Change& change, StoredPrincipal& stored, const PrincipalChange& what) {
  Principal& p = stored.principal;
  if (p.type == PrincipalType::kGroup) {
    for (const auto& member : what.remove_members) TRY(leave(change, stored, member));
    for (const auto& member : what.add_members) TRY(join(change, stored, member));
    return {};
  }
  for (const auto& text : what.remove_members)
    if (std::erase(p.members, TRY(checked_address(text))) == 0)
      return invalid(quoted(text) + " is not a member of " + quoted(p.name));
  for (const auto& text : what.add_members) {
    if (p.type != PrincipalType::kList) return invalid(a(p.type) + " has no members");
    std::string member = TRY(checked_address(text));
    add_once(p.members, std::move(member));
  }
  return {};
}

bool administers(const Principal& p) {
  return p.role == Role::kAdmin && !p.disabled;
}

// Nobody could change anything any more.
Result<void> keep_an_administrator(Change& change, const Principal& before) {
  if (!administers(before) || TRY(change.has_other(before.name, administers))) return {};
  return invalid(quoted(before.name) +
                 " is the only administrator: make somebody else one first (--role admin)");
}

}  // namespace

Result<Principal> create_in(Change& change, StoredPrincipal stored) {
  Principal& p = stored.principal;
  p.name = TRY(checked_name(p.name, p.type));
  if (const auto other = TRY(change.find(p.name)))
    return fail(DirectoryError::kExists,
                "there is " + a(other->principal.type) + " " + quoted(p.name) + " already");
  p.description = TRY(checked_description(p.description));
  if (p.type != PrincipalType::kDomain) p.emails = TRY(addresses_for(change, p));
  TRY(check_fields(p));
  for (const auto& address : p.emails) TRY(take_address(change, address, p.name));
  const bool account = p.type == PrincipalType::kIndividual || p.type == PrincipalType::kGroup;
  p.id = account ? TRY(change.new_number()) : 0;
  p.catch_all = TRY(checked_catch_all(change, p.catch_all));
  p.alias_of = TRY(checked_alias(change, p, p.alias_of));
  change.move_alias(p.name, {}, p.alias_of);

  const auto groups = std::exchange(p.member_of, {});
  PrincipalChange joining;
  joining.add_members = std::exchange(p.members, {});
  TRY(update_members(change, stored, joining));
  change.put(stored);
  for (const auto& name : groups) {
    auto group = TRY(find_named(change, name, PrincipalType::kGroup));
    TRY(join(change, group, p.name));
    change.put(std::move(group));
  }
  return TRY(change.find(p.name))->principal;
}

Result<Principal> update_in(Change& change, std::string_view name, const PrincipalChange& what,
                            const std::vector<std::string>& own) {
  std::optional<StoredPrincipal> found;
  if (const auto login = normalize_login(name)) found = TRY(change.find(*login));
  if (const auto domain = normalize_domain(name); domain && !found) found = TRY(change.find(*domain));
  if (!found) return fail(DirectoryError::kNotFound, "there is no principal " + quoted(name));
  StoredPrincipal& stored = *found;
  Principal& p = stored.principal;
  const Principal before = p;
  if (what.description) p.description = TRY(checked_description(*what.description));
  if (what.quota) p.quota = *what.quota;
  if (what.role) p.role = *what.role;
  if (what.disabled) p.disabled = *what.disabled;
  if (what.catch_all) p.catch_all = TRY(checked_catch_all(change, *what.catch_all));
  if (what.alias_of) {
    if (p.type != PrincipalType::kDomain) return invalid(a(p.type) + " cannot be an alias of a domain");
    const auto target = TRY(checked_alias(change, p, *what.alias_of));
    change.move_alias(p.name, p.alias_of, target);
    p.alias_of = target;
  }
  if (what.password) {
    if (p.type != PrincipalType::kIndividual) return invalid(a(p.type) + " has no password");
    std::erase_if(stored.secrets, [](const auto& old) { return !is_app_password(old) && !is_totp(old); });
    stored.secrets.insert(stored.secrets.begin(), own.begin(), own.end());
  }
  if (p.type == PrincipalType::kDomain && !what.add_emails.empty())
    return invalid("a domain has no addresses");
  TRY(update_addresses(change, stored, what));
  TRY(update_members(change, stored, what));
  TRY(check_fields(p));
  if (!administers(p)) TRY(keep_an_administrator(change, before));
  Principal out = p;
  change.put(std::move(stored));
  return out;
}

Result<void> edit_secrets_in(Change& change, std::string_view name, const SecretsEdit& edit) {
  StoredPrincipal stored = TRY(find_typed(change, name, PrincipalType::kIndividual));
  TRY(edit(stored.secrets));
  change.put(std::move(stored));
  return {};
}

Result<AccountId> remove_in(Change& change, std::string_view name, PrincipalType type) {
  StoredPrincipal stored = TRY(find_typed(change, name, type));
  const Principal p = stored.principal;
  if (type == PrincipalType::kDomain) {
    const auto used = TRY(change.addresses_of(p.name, 3));
    if (!used.empty())
      return invalid("the domain " + quoted(p.name) + " still has addresses, for example " +
                     quoted(used.front()));
    if (const auto others = TRY(change.aliases_of(p.name, 1)); !others.empty())
      return invalid(quoted(others.front()) + " is an alias of the domain " + quoted(p.name));
    change.move_alias(p.name, p.alias_of, {});
  }
  TRY(keep_an_administrator(change, p));
  for (const auto& address : p.emails) change.release(address);
  if (type == PrincipalType::kGroup)
    for (const auto& member : p.members) TRY(leave(change, stored, member));
  for (const auto& group_name : p.member_of) {
    auto group = TRY(change.find(group_name));
    if (!group) continue;
    std::erase(group->principal.members, p.name);
    change.put(*std::move(group));
  }
  change.erase(p);
  return p.id;
}

}  // namespace gannet::directory
