// What an administrator may do to the internal directory, checked and written into a Change.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "directory/change.h"
#include "directory/directory.h"

namespace gannet::directory {

// Each: kExists, kNotFound or kInvalid, with a text that says what is wrong. The principal as it will be
// stored.
Result<Principal> create_in(Change& change, StoredPrincipal stored);
// `secret` is what.password as it is to be stored; it replaces all passwords of the account.
Result<Principal> update_in(Change& change, std::string_view name, const PrincipalChange& what,
                            const std::optional<std::string>& secret);
// The account number; 0 for lists and domains.
Result<AccountId> remove_in(Change& change, std::string_view name, PrincipalType type);

}  // namespace gannet::directory
