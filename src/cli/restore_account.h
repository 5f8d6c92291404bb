// gannet backup restore DIR --account NAME: one account of a backup, into a running server.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/api_client.h"

namespace gannet::cli {

struct RestoreAccountArguments {
  ApiLogin login;
  bool json = false;
  std::string folder, snapshot;  // of the backup
  std::string account;
  std::string into;     // below this mailbox; empty: where it was
  std::string journal;  // empty: gannet-restore-NAME in the working folder
};

// Makes the account as it was, password included, where the server has none of that name. Started again after it was
// cut short, it continues and doubles nothing.
Result<void> restore_account(const RestoreAccountArguments& arguments);

}  // namespace gannet::cli
