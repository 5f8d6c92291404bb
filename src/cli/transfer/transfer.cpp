#include <CLI/App.hpp>
#include <CLI/Validators.hpp>
#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/transfer/commands.h"

namespace gannet::cli {

void add_transfer(CLI::App& app, int& status) {
  auto* account = app.get_subcommand("account");
  const auto add = [&](const char* name, const char* help, const char* folder, const char* folder_help,
                       Result<void> (*run)(const TransferArguments&)) {
    auto [command, arguments] = add_api_command(*account, name, help, run, status);
    command->add_option("LOGIN", arguments->account, "As alice@example.org")->required();
    command->add_option("--format", arguments->format, "maildir, mbox or json")
        ->required()
        ->check(CLI::IsMember({"maildir", "mbox", "json"}));
    command->add_option(folder, arguments->folder, folder_help)->required();
    return std::pair(command, arguments);
  };
  add("export", "Write all its mail to files; started again, it continues", "--to",
      "The folder to write to; it is made", &run_account_export);
  auto [import, importing] =
      add("import", "Store mail from files; started again, it continues and doubles nothing", "--from",
          "The folder to read", &run_account_import);
  import->add_option("--into", importing->into, "Put all mailboxes below this one, as Restored");
  import->add_option(
      "--journal", importing->journal,
      "The file that keeps how far the import is (default: gannet-import-LOGIN in the folder)");
}

}  // namespace gannet::cli
