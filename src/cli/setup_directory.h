// The domain and the accounts that `gannet setup` makes.
//
// A run that ended half way is run again, and so is one over data whose settings file was lost: what is there already is
// kept, with its mail, where it is what the answers say. Nobody's password is changed.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/setup_file.h"
#include "directory/directories.h"

namespace gannet::cli {

struct SetupAccount {
  std::string name, password;
};

// What can be told before there is a directory. kUsage names the option.
Result<void> check_accounts(const SetupAnswers& answers, const std::vector<SetupAccount>& accounts);

// Creates the domain, the administrator and the accounts; where another system owns the directory, nothing. kUsage names
// the option when somebody of a name is there who is not the one meant; then nothing was created. The names of those that
// were there already.
Result<std::vector<std::string>> fill_directory(const directory::Directories& directories,
                                                const SetupAnswers& answers,
                                                const std::vector<SetupAccount>& accounts);

}  // namespace gannet::cli
