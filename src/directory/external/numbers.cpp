#include "directory/external/numbers.h"

#include "directory/account_numbers.h"

namespace gannet::directory {

Result<AccountId> Numbers::of(const std::string& name) {
  {
    const std::lock_guard lock(mutex_);
    if (const AccountId* known = known_.get(name)) return *known;
  }
  const auto given = TRY(account_numbers(*data_, directory_, {&name, 1}, clock_, random_));
  const std::lock_guard lock(mutex_);
  known_.put(name, given.front());
  return given.front();
}

bool Numbers::is_owner(const std::string& name, const std::string& origin) {
  const std::lock_guard lock(mutex_);
  const std::string* owner = owners_.get(name);
  return owner != nullptr && *owner == origin;
}

void Numbers::set_owner(const std::string& name, const std::string& origin) {
  const std::lock_guard lock(mutex_);
  owners_.put(name, origin);
}

Result<std::optional<std::string>> Numbers::name_of(AccountId id) const {
  return account_name(*data_, directory_, id);
}

}  // namespace gannet::directory
