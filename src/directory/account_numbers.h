// Account numbers for principals of external directories: given on first sight, kept for ever.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "directory/schema.h"
#include "store/data_store.h"

namespace gannet::directory {

// One number a name, in order: the number that the name of this directory had before, or a new one. A name
// that vanishes and comes back has the same number again. kUnavailable.
Result<std::vector<AccountId>> account_numbers(store::DataStore& data, std::string_view directory,
                                               std::span<const std::string> names, Clock& clock,
                                               Random& random);

// The number that the name of this directory had before; nothing for one that was never seen. kUnavailable.
Result<std::optional<AccountId>> known_account_number(store::DataStore& data, std::string_view directory,
                                                      std::string_view name);

// The name that a number was given for; nothing if it is of another directory, or of none. kUnavailable.
Result<std::optional<std::string>> account_name(store::DataStore& data, std::string_view directory,
                                                AccountId id);

}  // namespace gannet::directory
