#include "directory/change.h"

#include "directory/address.h"
#include "directory/internal_view.h"

namespace gannet::directory {
namespace {

constexpr std::size_t kReadAtOnce = 1000;

}  // namespace

Result<Change> Change::begin(store::DataStore& data) {
  Change out;
  auto snapshot = data.snapshot();
  if (!snapshot) return unavailable(snapshot.error());
  out.snapshot_ = *std::move(snapshot);
  out.version_ = TRY(out.read(version_key()));
  return out;
}

Result<std::optional<std::string>> Change::read(const std::string& key) {
  auto value = snapshot_->get(key);
  if (!value) return unavailable(value.error());
  return *std::move(value);
}

Result<std::optional<StoredPrincipal>> Change::find(std::string_view name) {
  const auto changed = principals_.find(name);
  if (changed != principals_.end()) return changed->second;
  const auto record = TRY(read(principal_key(name)));
  if (!record) return std::nullopt;
  return TRY(decode_principal(name, *record));
}

Result<std::string> Change::owner(const std::string& address) {
  const auto changed = owners_.find(address);
  if (changed != owners_.end()) return changed->second;
  return TRY(read(address_key(address))).value_or(std::string());
}

Result<std::vector<std::string>> Change::addresses_of(std::string_view domain, std::size_t limit) {
  return names_below(domain_addresses_prefix(domain), limit);
}

Result<std::vector<std::string>> Change::aliases_of(std::string_view domain, std::size_t limit) {
  return names_below(aliases_prefix(domain), limit);
}

Result<std::vector<std::string>> Change::names_below(const std::string& prefix, std::size_t limit) {
  store::Range range = store::Range::prefix(prefix);
  range.keys_only = true;
  range.max_items = limit;
  const auto page = snapshot_->scan(range);
  if (!page) return unavailable(page.error());
  std::vector<std::string> out;
  for (const auto& item : page->items) out.push_back(item.key.substr(prefix.size()));
  return out;
}

Result<bool> Change::has_other(std::string_view name, bool (*wanted)(const Principal&)) {
  store::Range range = store::Range::prefix(type_prefix(PrincipalType::kIndividual));
  range.keys_only = true;
  range.max_items = kReadAtOnce;
  for (;;) {
    const auto page = snapshot_->scan(range);
    if (!page) return unavailable(page.error());
    for (const auto& item : page->items) {
      const auto other = TRY(find(name_of_type_key(item.key)));
      if (other && other->principal.name != name && wanted(other->principal)) return true;
    }
    if (!page->more) return false;
    range = store::next_range(range, *page);
  }
}

Result<AccountId> Change::new_number() {
  if (!next_number_) {
    next_number_ = TRY(read(next_number_key()));
    given_ = *next_number_ ? decode_number(**next_number_) : 1;
    if (given_ == 0)
      return fail(DirectoryError::kUnavailable, "no account number is left", "damaged or used up");
  }
  return given_++;
}

void Change::put(StoredPrincipal stored) {
  std::string name = stored.principal.name;
  principals_.insert_or_assign(std::move(name), std::move(stored));
}

void Change::erase(const Principal& principal) {
  principals_.insert_or_assign(principal.name, std::nullopt);
  batch_.clear(principal_key(principal.name));
  batch_.clear(type_key(principal.type, principal.name));
  if (principal.id == 0) return;
  batch_.clear(number_key(principal.id));
  batch_.set(removed_key(principal.id), principal.name);
}

void Change::claim(const std::string& address, const std::string& name) {
  owners_[address] = name;
  const auto domain = address.substr(address.rfind('@') + 1);
  batch_.set(address_key(address), name);
  batch_.set(domain_address_key(domain, address), {});
}

void Change::release(const std::string& address) {
  owners_[address].clear();
  const auto domain = address.substr(address.rfind('@') + 1);
  batch_.clear(address_key(address));
  batch_.clear(domain_address_key(domain, address));
}

void Change::move_alias(const std::string& alias, const std::string& from, const std::string& to) {
  if (!from.empty()) batch_.clear(alias_key(from, alias));
  if (!to.empty()) batch_.set(alias_key(to, alias), {});
}

Result<store::WriteBatch> Change::finish(const store::DataStoreLimits& limits) {
  for (const auto& [name, stored] : principals_) {
    if (!stored) continue;
    std::string record = encode_principal(*stored);
    if (record.size() > limits.max_value_bytes)
      return fail(DirectoryError::kInvalid, "\"" + name + "\" has more members than the data store can hold");
    batch_.set(principal_key(name), std::move(record));
    batch_.set(type_key(stored->principal.type, name), {});
    if (stored->principal.id != 0) batch_.set(number_key(stored->principal.id), name);
  }
  const auto require = [&](std::string key, const std::optional<std::string>& value) {
    value ? batch_.require_value(std::move(key), *value) : batch_.require_absent(std::move(key));
  };
  require(version_key(), version_);
  batch_.set(version_key(), encode_version(decode_version(version_) + 1));
  if (next_number_) {
    require(next_number_key(), *next_number_);
    batch_.set(next_number_key(), encode_number(given_));
  }
  return std::move(batch_);
}

}  // namespace gannet::directory
