#include "directory/external/view.h"

#include <algorithm>
#include <array>

#include "base/unicode.h"
#include "directory/address.h"
#include "directory/sparing.h"
#include "observe/log.h"

namespace gannet::directory {
namespace {

void add_once(std::vector<std::string>& list, std::string text) {
  if (std::ranges::find(list, text) == list.end()) list.push_back(std::move(text));
}

// Those that are none are left out; a catch-all's "@domain" is no address of its own.
std::vector<std::string> normalized_addresses(const std::vector<std::string>& given) {
  std::vector<std::string> out;
  for (const auto& text : given)
    if (auto address = normalize_address(text)) add_once(out, *std::move(address));
  return out;
}

std::vector<std::string> normalized_names(const std::vector<std::string>& given) {
  std::vector<std::string> out;
  for (const auto& text : given)
    if (auto name = normalize_login(text)) add_once(out, *std::move(name));
  return out;
}

bool has_number(PrincipalType type) {
  return type == PrincipalType::kIndividual || type == PrincipalType::kGroup;
}

bool contains(const std::vector<std::string>& list, std::string_view text) {
  return std::ranges::find(list, text) != list.end();
}

}  // namespace

bool apply_class(std::string_view word, Principal& principal) {
  const std::string lower = to_lower_ascii(word);
  const auto one_of = [&](std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, lower) != words.end();
  };
  if (one_of({"admin", "administrator", "root", "superuser"})) {
    principal.role = Role::kAdmin;
  } else if (one_of({"group", "posixgroup", "groupofnames", "groupofuniquenames"})) {
    principal.type = PrincipalType::kGroup;
  } else if (one_of({"list", "nismailalias"})) {
    principal.type = PrincipalType::kList;
  } else {
    return one_of({"individual", "person", "user", "inetorgperson", "organizationalperson", "posixaccount"});
  }
  return true;
}

void ExternalView::report(std::string_view what, std::string_view name) {
  const auto untold = tell_sparingly("answer-left-out " + key_ + std::string(what));
  if (!untold) return;
  observe::warn("directory.answer-left-out",
                {{"directory", key_}, {"name", name}, {"reason", what}, {"untold", *untold}});
}

Result<StoredPrincipalPtr> ExternalView::admit(Found found) {
  Principal& p = found.stored.principal;
  const auto name = normalize_login(p.name);
  if (!name) {
    report("what it gave as a name cannot be one", to_valid_utf8(p.name));
    return nullptr;
  }
  if (has_number(p.type) && !TRY(owns_name(found, *name))) {
    report(
        "its name does not lead to it: somebody else has that name, or query.name or filter.name finds "
        "nobody of the "
        "name in lower case",
        to_valid_utf8(p.name) +
            (found.stored.origin.empty() ? "" : " (" + to_valid_utf8(found.stored.origin) + ")"));
    return nullptr;
  }
  p.name = *name;
  p.emails = normalized_addresses(p.emails);
  if (p.name.contains('@')) add_once(p.emails, p.name);
  p.member_of = normalized_names(p.member_of);
  p.description = to_valid_utf8(p.description);
  if (p.type == PrincipalType::kGroup)
    p.members = normalized_names(TRY(source_->group_members(found.stored)));
  if (p.type == PrincipalType::kList) p.members = normalized_addresses(TRY(source_->members(found.stored)));
  if (has_number(p.type)) p.id = TRY(numbers_.of(p.name));
  return std::make_shared<const StoredPrincipal>(std::move(found.stored));
}

Result<bool> ExternalView::owns_name(const Found& found, const std::string& name) {
  const std::string& origin = found.stored.origin;
  if (found.asked_name != name) {
    if (numbers_.is_owner(name, origin)) return true;
    const auto owner = TRY(source_->by_name(name));
    if (!owner || !owner->holds_question || owner->stored.origin != origin) return false;
  }
  numbers_.set_owner(name, origin);
  return true;
}

Result<StoredPrincipalPtr> ExternalView::by_name(std::string_view name) {
  if (const auto known = names_.find(name); known != names_.end()) return complete(known->second);
  StoredPrincipalPtr out;
  if (auto found = TRY(source_->by_name(name)); found && !found->holds_question) {
    report("its answer does not hold the name that was asked for; select what the query compares", name);
  } else if (found) {
    if (!found->stored.complete) TRY(source_->complete(found->stored));
    found->stored.complete = true;
    found->asked_name = name;
    out = TRY(admit(*std::move(found)));
  }
  if (out) names_[out->principal.name] = out;
  names_[std::string(name)] = out;
  return out;
}

Result<StoredPrincipalPtr> ExternalView::complete(StoredPrincipalPtr stored) {
  if (!stored || stored->complete || !has_number(stored->principal.type)) return stored;
  StoredPrincipal more = *stored;
  TRY(source_->complete(more));
  more.principal.member_of = normalized_names(more.principal.member_of);
  more.complete = true;
  auto out = std::make_shared<const StoredPrincipal>(std::move(more));
  names_[out->principal.name] = out;
  return out;
}

Result<StoredPrincipalPtr> ExternalView::by_address(std::string_view address) {
  if (const auto known = addresses_.find(address); known != addresses_.end()) return known->second;
  std::vector<StoredPrincipalPtr> all;
  bool owned = address.starts_with('@');
  for (auto& found : TRY(source_->by_address(address))) {
    if (!found.holds_question) continue;
    const bool all_known = found.knows_addresses;
    auto admitted = TRY(admit(std::move(found)));
    if (!admitted) continue;
    const Principal& p = admitted->principal;
    const auto same = [&](const StoredPrincipalPtr& other) { return other->principal.name == p.name; };
    if (std::ranges::any_of(all, same)) continue;
    owned = owned || !all_known || p.type == PrincipalType::kList || contains(p.emails, address);
    names_.try_emplace(p.name, admitted);
    all.push_back(std::move(admitted));
  }
  StoredPrincipalPtr out;
  if (all.size() == 1 && owned) {
    out = all.front();
  } else if (!all.empty()) {
    out = TRY(list_of(address, all));
  }
  addresses_[std::string(address)] = out;
  return out;
}

// Its members are told by addresses that lead to them, as long as this view lives.
Result<StoredPrincipalPtr> ExternalView::list_of(std::string_view address,
                                                 const std::vector<StoredPrincipalPtr>& on_it) {
  const std::string domain(address.substr(address.rfind('@')));
  StoredPrincipal list;
  list.principal.type = PrincipalType::kList;
  list.principal.name = address;
  list.principal.emails = {std::string(address)};
  for (std::size_t i = 0; i < on_it.size(); ++i) {
    const StoredPrincipalPtr& member = on_it[i];
    const auto& emails = member->principal.emails;
    std::string way = emails.empty() ? "\"member " + std::to_string(i) + '"' + domain : emails.front();
    const auto parts = split_address(way);
    if (!parts) continue;
    way = parts->text();
    addresses_.try_emplace(way, member);
    domains_[parts->domain] = true;
    list.principal.members.push_back(std::move(way));
  }
  return std::make_shared<const StoredPrincipal>(std::move(list));
}

Result<StoredPrincipalPtr> ExternalView::by_id(AccountId id) {
  const auto name = TRY(numbers_.name_of(id));
  if (!name) return nullptr;
  return by_name(*name);
}

Result<bool> ExternalView::is_local_domain(std::string_view domain) {
  if (const auto known = domains_.find(domain); known != domains_.end()) return known->second;
  const bool local = TRY(source_->has_domain(domain));
  domains_[std::string(domain)] = local;
  return local;
}

Result<StoredPrincipalPtr> ExternalView::domain(std::string_view name) {
  auto out = std::make_shared<StoredPrincipal>();
  out->principal.type = PrincipalType::kDomain;
  out->principal.name = name;
  out->principal.catch_all = "@" + std::string(name);
  return out;
}

Result<std::vector<std::string>> ExternalView::addresses(std::string_view text, std::size_t limit) {
  std::vector<std::string> out;
  for (const auto& found : TRY(source_->addresses(text, limit))) {
    auto address = normalize_address(found);
    if (address && address->starts_with(text)) add_once(out, *std::move(address));
  }
  std::ranges::sort(out);
  if (out.size() > limit) out.resize(limit);
  return out;
}

}  // namespace gannet::directory
