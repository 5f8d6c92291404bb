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

// Collects the members of a list and of the lists inside it. A list is entered once, so a loop ends by
// itself; a member here who does not exist any more is left out.
class Expansion {
 public:
  Expansion(PrincipalView& view, const ResolveOptions& options, Resolution& out)
      : view_(view), options_(options), out_(out) {}

  // Lists are entered one after the other rather than inside each other: no nesting uses up the stack.
  Result<void> run(const StoredPrincipalPtr& list) {
    pending_.push_back(list);
    for (std::size_t i = 0; i < pending_.size(); ++i) {
      const StoredPrincipalPtr next = pending_[i];
      if (!entered_.insert(next->principal.name).second) continue;
      for (const auto& member : next->principal.members)
        if (auto added = add_member(member); !added) return added;
    }
    return {};
  }

 private:
  Result<void> add_member(const std::string& address) {
    if (++seen_ > options_.max_expansion)
      return fail(DirectoryError::kInvalid, "the list has too many members",
                  out_.list + " expands to more than " + std::to_string(options_.max_expansion));
    const auto parts = split_address(address);
    if (!parts) return {};
    if (!TRY(view_.is_local_domain(parts->domain))) {
      if (foreign_.insert(address).second) out_.addresses.push_back(address);
      return {};
    }
    const auto known = TRY(without_alias(view_, *parts));
    const Found found = TRY(find_owner(view_, known, options_.sub_addressing));
    if (!found.owner) return {};
    const Principal& owner = found.owner->principal;
    if (owner.type == PrincipalType::kList) {
      pending_.push_back(found.owner);
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
  std::unordered_set<std::string> entered_, foreign_;
  std::unordered_set<AccountId> accounts_;
};

Result<Resolution> deliver_to(PrincipalView& view, const Found& found, const std::string& address,
                              const ResolveOptions& options) {
  Resolution out;
  out.detail = found.detail;
  const Principal& owner = found.owner->principal;
  if (owner.type != PrincipalType::kList) {
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
