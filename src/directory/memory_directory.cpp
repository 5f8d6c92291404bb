#include "directory/memory_directory.h"

#include <algorithm>
#include <map>

#include "config/config.h"
#include "directory/account_numbers.h"
#include "directory/address.h"
#include "directory/trace.h"

namespace gannet::directory {

class MemoryRecords {
 public:
  std::map<std::string, std::shared_ptr<StoredPrincipal>, std::less<>> names;
  std::map<std::string, StoredPrincipalPtr, std::less<>> addresses;
  std::map<AccountId, StoredPrincipalPtr> numbers;
  bool has_verifier = false;

  // All that is written, and groups and domains that are only spoken of, both sides of memberships.
  Result<void> read(MemoryOptions options);
  Result<void> give_numbers(const std::string& id, store::DataStore& data, Clock& clock, Random& random);

 private:
  Result<void> add(StoredPrincipal stored);
  Result<void> join_groups();
  Result<void> imply_domains();
  void add_implied(std::string name, PrincipalType type);
};

namespace {

std::unexpected<Error> invalid(std::string text) {
  return fail(DirectoryError::kInvalid, std::move(text));
}

void add_once(std::vector<std::string>& list, const std::string& text) {
  if (std::ranges::find(list, text) == list.end()) list.push_back(text);
}

Result<void> normalize_addresses(std::vector<std::string>& list, const std::string& name) {
  std::vector<std::string> out;
  for (const auto& text : list) {
    const auto address = normalize_address(text);
    if (!address) return invalid("\"" + text + "\" of \"" + name + "\" is not an e-mail address");
    add_once(out, *address);
  }
  list = std::move(out);
  return {};
}

Result<void> normalize_names(std::vector<std::string>& list, const std::string& name) {
  for (auto& text : list) {
    auto login = normalize_login(text);
    if (!login) return invalid("\"" + text + "\" of \"" + name + "\" cannot be a name");
    text = *std::move(login);
  }
  return {};
}

class MemoryView final : public PrincipalView {
 public:
  explicit MemoryView(std::shared_ptr<const MemoryRecords> records) : records_(std::move(records)) {}

  Result<StoredPrincipalPtr> by_name(std::string_view name) override {
    const auto found = records_->names.find(name);
    trace::step("settings: name", name, found == records_->names.end() ? "nobody" : "found");
    return found == records_->names.end() ? nullptr : found->second;
  }
  Result<StoredPrincipalPtr> by_address(std::string_view address) override {
    const auto found = records_->addresses.find(address);
    trace::step("settings: address", address,
                found == records_->addresses.end() ? "nobody's" : found->second->principal.name);
    return found == records_->addresses.end() ? nullptr : found->second;
  }
  Result<StoredPrincipalPtr> by_id(AccountId id) override {
    const auto found = records_->numbers.find(id);
    return found == records_->numbers.end() ? nullptr : found->second;
  }
  Result<bool> is_local_domain(std::string_view domain) override {
    const auto stored = TRY(by_name(domain));
    return stored && stored->principal.type == PrincipalType::kDomain;
  }
  Result<std::vector<std::string>> addresses(std::string_view text, std::size_t limit) override {
    std::vector<std::string> out;
    for (auto i = records_->addresses.lower_bound(text);
         i != records_->addresses.end() && i->first.starts_with(text) && out.size() < limit; ++i)
      out.push_back(i->first);
    return out;
  }

 private:
  std::shared_ptr<const MemoryRecords> records_;
};

}  // namespace

Result<void> MemoryRecords::add(StoredPrincipal stored) {
  Principal& p = stored.principal;
  const auto name = p.type == PrincipalType::kDomain ? normalize_domain(p.name) : normalize_login(p.name);
  if (!name) return invalid("\"" + p.name + "\" cannot be a name");
  p.name = *name;
  TRY(normalize_addresses(p.emails, p.name));
  if (p.name.contains('@')) add_once(p.emails, p.name);
  TRY(normalize_names(p.member_of, p.name));
  TRY(p.type == PrincipalType::kList ? normalize_addresses(p.members, p.name)
                                     : normalize_names(p.members, p.name));
  if (!p.catch_all.empty()) {
    const auto address = normalize_address(p.catch_all);
    if (!address) return invalid("\"" + p.catch_all + "\" of \"" + p.name + "\" is not an e-mail address");
    p.catch_all = *address;
  }
  const auto shared = std::make_shared<StoredPrincipal>(std::move(stored));
  if (!names.emplace(*name, shared).second)
    return fail(DirectoryError::kExists, "there are two principals \"" + *name + "\"");
  for (const auto& address : shared->principal.emails) {
    const auto [other, added] = addresses.emplace(address, shared);
    if (!added)
      return fail(DirectoryError::kExists, "the address \"" + address + "\" belongs to \"" +
                                               other->second->principal.name + "\" and to \"" + *name + "\"");
  }
  return {};
}

void MemoryRecords::add_implied(std::string name, PrincipalType type) {
  auto implied = std::make_shared<StoredPrincipal>();
  implied->principal.name = name;
  implied->principal.type = type;
  names.emplace(std::move(name), std::move(implied));
}

Result<void> MemoryRecords::join_groups() {
  std::vector<std::pair<std::string, std::string>> memberships;  // person, group
  for (const auto& [name, stored] : names) {
    for (const auto& group : stored->principal.member_of) memberships.emplace_back(name, group);
    if (stored->principal.type == PrincipalType::kGroup)
      for (const auto& person : stored->principal.members) memberships.emplace_back(person, name);
  }
  for (const auto& [person, group] : memberships) {
    if (!names.contains(group)) add_implied(group, PrincipalType::kGroup);
    auto& holder = names[group]->principal;
    if (holder.type != PrincipalType::kGroup)
      return invalid("\"" + person + "\" is said to be in \"" + group + "\", which is no group");
    const auto found = names.find(person);
    if (found == names.end())
      return invalid("the group \"" + group + "\" has the member \"" + person + "\", whom there is not");
    add_once(holder.members, person);
    add_once(found->second->principal.member_of, group);
  }
  return {};
}

Result<void> MemoryRecords::imply_domains() {
  for (const auto& [address, stored] : addresses) {
    std::string domain = address.substr(address.rfind('@') + 1);
    const auto found = names.find(domain);
    if (found == names.end()) {
      add_implied(std::move(domain), PrincipalType::kDomain);
    } else if (found->second->principal.type != PrincipalType::kDomain) {
      return fail(DirectoryError::kExists, "\"" + domain + "\" is a name and the domain of an address");
    }
  }
  return {};
}

Result<void> MemoryRecords::read(MemoryOptions options) {
  const std::string table = config::join_key("directory", options.id);
  const auto under = [](const std::string& key, Result<void> result) -> Result<void> {
    if (result) return {};
    return fail(DirectoryError::kInvalid, key + ": " + result.error().text());
  };
  for (std::size_t i = 0; i < options.principals.size(); ++i) {
    const auto secrets = sort_secrets(options.principals[i].secrets);
    has_verifier = has_verifier || secrets.scram;
    const bool own = i < options.keys.size() && !options.keys[i].empty();
    TRY(under(own ? options.keys[i] : table, add(std::move(options.principals[i]))));
  }
  TRY(under(table, join_groups()));
  return under(table, imply_domains());
}

Result<void> MemoryRecords::give_numbers(const std::string& id, store::DataStore& data, Clock& clock,
                                         Random& random) {
  std::vector<std::string> accounts;
  for (const auto& [name, stored] : names)
    if (stored->principal.type == PrincipalType::kIndividual ||
        stored->principal.type == PrincipalType::kGroup)
      accounts.push_back(name);
  const auto given = TRY(account_numbers(data, id, accounts, clock, random));
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    const auto& stored = names[accounts[i]];
    stored->principal.id = given[i];
    numbers[given[i]] = stored;
  }
  return {};
}

Result<void> MemoryDirectory::check(MemoryOptions options) {
  return MemoryRecords().read(std::move(options));
}

Result<std::shared_ptr<MemoryDirectory>> MemoryDirectory::open(MemoryOptions options, store::DataStore& data,
                                                               std::shared_ptr<Logins> logins, Clock& clock,
                                                               Random& random) {
  auto records = std::make_shared<MemoryRecords>();
  const std::string id = options.id;
  TRY(records->read(std::move(options)));
  TRY(records->give_numbers(id, data, clock, random));
  return std::make_shared<MemoryDirectory>(id, std::move(records), std::move(logins));
}

bool MemoryDirectory::serves_scram() const {
  return logins_->options().scram && records_->has_verifier;
}

Result<std::unique_ptr<PrincipalView>> MemoryDirectory::view() {
  return view_now();
}

std::unique_ptr<PrincipalView> MemoryDirectory::view_now() {
  return std::make_unique<MemoryView>(records_);
}

}  // namespace gannet::directory
