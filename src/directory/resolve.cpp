#include "directory/resolve.h"

#include <unordered_set>

#include "directory/address.h"

namespace gannet::directory {
namespace {

struct Found {
  StoredPrincipalPtr owner;  // null for nobody
  std::string detail;
};

Result<Found> find_owner(PrincipalView& view, const AddressParts& parts, bool sub_addressing) {
  if (auto owner = TRY(view.by_address(parts.text()))) return Found{std::move(owner), {}};
  const auto sub = sub_addressing ? split_sub_address(parts.local) : std::nullopt;
  if (!sub) return Found{};
  auto owner = TRY(view.by_address(sub->user + '@' + parts.domain));
  return Found{std::move(owner), sub->detail};
}

// Whether mail for the principal goes to its members. A group has no login: nobody could read a mailbox of its own.
bool has_members(const Principal& owner) {
  return owner.type == PrincipalType::kList || owner.type == PrincipalType::kGroup;
}

Result<void> check_members_known(const PrincipalView& view, const Principal& owner) {
  if (owner.type != PrincipalType::kGroup || view.knows_members_of_groups() || !owner.members.empty())
    return {};
  return fail(DirectoryError::kUnavailable, "the directory does not tell who is in the group",
              "group " + owner.name + ": set query.group-members, or make it a list", Retry::kCanHelp);
}

// Collects the members of a list or group, and of those inside it. Each is entered once, so a loop ends by itself.
class Expansion {
 public:
  Expansion(PrincipalView& view, const ResolveOptions& options, Resolution& out)
      : view_(view), options_(options), out_(out) {}

  // They are entered one after the other rather than inside each other: no nesting uses up the stack.
  Result<void> run(const StoredPrincipalPtr& list) {
    pending_.push_back(list);
    for (std::size_t i = 0; i < pending_.size(); ++i) {
      const StoredPrincipalPtr next = pending_[i];
      if (!entered_.insert(next->principal.name).second) continue;
      const bool group = next->principal.type == PrincipalType::kGroup;
      for (const auto& member : next->principal.members) {
        if (++seen_ > options_.max_expansion)
          return fail(DirectoryError::kInvalid, "the list has too many members",
                      out_.list + " expands to more than " + std::to_string(options_.max_expansion));
        TRY(group ? add_person(member) : add_address(member));
      }
    }
    return {};
  }

 private:
  // A group's member.
  Result<void> add_person(const std::string& name) {
    if (auto person = TRY(view_.by_name(name))) return add(std::move(person));
    return {};
  }
  // A list's member.
  Result<void> add_address(const std::string& address) {
    const auto parts = split_address(address);
    if (!parts) return {};
    if (!TRY(view_.is_local_domain(parts->domain))) {
      if (foreign_.insert(address).second) out_.addresses.push_back(address);
      return {};
    }
    const auto known = TRY(without_alias(view_, *parts));
    Found found = TRY(find_owner(view_, known, options_.sub_addressing));
    if (found.owner) return add(std::move(found.owner));
    if (dead_.insert(address).second) out_.dead.push_back(address);
    return {};
  }
  Result<void> add(StoredPrincipalPtr member) {
    const Principal& owner = member->principal;
    TRY(check_members_known(view_, owner));
    if (has_members(owner)) {
      pending_.push_back(std::move(member));
    } else if (accounts_.insert(owner.id).second) {
      out_.accounts.push_back(owner);
    }
    return {};
  }

  PrincipalView& view_;
  const ResolveOptions& options_;
  Resolution& out_;
  std::size_t seen_ = 0;
  std::vector<StoredPrincipalPtr> pending_;
  std::unordered_set<std::string> entered_, foreign_, dead_;
  std::unordered_set<AccountId> accounts_;
};

Result<Resolution> deliver_to(PrincipalView& view, const Found& found, const std::string& address,
                              const ResolveOptions& options) {
  Resolution out;
  out.detail = found.detail;
  const Principal& owner = found.owner->principal;
  TRY(check_members_known(view, owner));
  if (!has_members(owner)) {
    out.kind = Resolution::Kind::kAccounts;
    out.accounts.push_back(owner);
    return out;
  }
  out.kind = Resolution::Kind::kList;
  out.list = owner.emails.empty() ? address : owner.emails.front();
  Expansion expansion(view, options, out);
  if (auto done = expansion.run(found.owner); !done) return std::unexpected(done.error());
  return out;
}

}  // namespace

Result<AddressParts> without_alias(PrincipalView& view, AddressParts parts) {
  const auto domain = TRY(view.domain(parts.domain));
  if (domain && !domain->principal.alias_of.empty()) parts.domain = domain->principal.alias_of;
  return parts;
}

Result<Resolution> resolve_address(PrincipalView& view, std::string_view address,
                                   const ResolveOptions& options) {
  Resolution out;
  auto parts = split_address(address);
  if (!parts) {
    const auto at = address.rfind('@');
    const auto domain =
        at == std::string_view::npos ? std::nullopt : normalize_domain(address.substr(at + 1));
    const bool ours = domain && TRY(view.is_local_domain(*domain));
    out.kind = ours ? Resolution::Kind::kUnknown : Resolution::Kind::kForeign;
    return out;
  }
  if (!TRY(view.is_local_domain(parts->domain))) {
    out.kind = Resolution::Kind::kForeign;
    return out;
  }
  const AddressParts known = TRY(without_alias(view, *std::move(parts)));
  Found found = TRY(find_owner(view, known, options.sub_addressing));
  if (!found.owner && options.catch_all) {
    const auto domain = TRY(view.domain(known.domain));
    if (domain && !domain->principal.catch_all.empty())
      found = {TRY(view.by_address(domain->principal.catch_all)), {}};
  }
  if (!found.owner) return out;
  return deliver_to(view, found, known.text(), options);
}

}  // namespace gannet::directory
