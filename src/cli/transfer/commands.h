// gannet account export and import.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/api_client.h"

namespace gannet::cli {

struct TransferArguments {
  ApiLogin login;
  bool json = false;
  std::string account, format, folder;
  std::string into;     // import: below this folder
  std::string journal;  // import: where it is told how far it got; empty: in `folder`
};

Result<void> run_account_export(const TransferArguments& arguments);
Result<void> run_account_import(const TransferArguments& arguments);

}  // namespace gannet::cli
