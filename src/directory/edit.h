// What an administrator may do to the internal directory, checked and written into a Change.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "directory/change.h"
#include "directory/directory.h"

namespace gannet::directory {

// Each: kExists, kNotFound or kInvalid, with a text that says what is wrong. The principal as it will be
// stored.
Result<Principal> create_in(Change& change, StoredPrincipal stored);
// `own` is what.password as it is to be stored; it replaces the account's own password and its verifier.
Result<Principal> update_in(Change& change, std::string_view name, const PrincipalChange& what,
                            const std::vector<std::string>& own);
// Changes the secrets of an individual; `edit` gives kExists and so on.
using SecretsEdit = std::function<Result<void>(std::vector<std::string>& secrets)>;
Result<void> edit_secrets_in(Change& change, std::string_view name, const SecretsEdit& edit);
// The account number; 0 for lists and domains.
Result<AccountId> remove_in(Change& change, std::string_view name, PrincipalType type);

}  // namespace gannet::directory
