// One function a command; each adds itself to the program and leaves its exit code in `status` when it was
// chosen.
#pragma once

#include <CLI/App.hpp>
#include <functional>

#include "base/result.h"
#include "cli/app.h"

namespace gannet::cli {

void add_serve(CLI::App& app, int& status, const std::function<int(const ServeArguments&)>& serve);
void add_setup(CLI::App& app, int& status);
void add_config(CLI::App& app, int& status);
// account, group, list, domain
void add_principals(CLI::App& app, int& status);
// account export and import; after add_principals()
void add_transfer(CLI::App& app, int& status);
void add_backup(CLI::App& app, int& status);
void add_queue(CLI::App& app, int& status);
void add_cache(CLI::App& app, int& status);
void add_directory(CLI::App& app, int& status);
// store
void add_stores(CLI::App& app, int& status);
// account app-password and totp; after add_principals()
void add_login_methods(CLI::App& app, int& status);
void add_password(CLI::App& app, int& status);
// ban
void add_bans(CLI::App& app, int& status);
void add_search(CLI::App& app, int& status);
void add_fsck(CLI::App& app, int& status);

// Prints the error on standard error; the exit code.
int report(const Error& error);

}  // namespace gannet::cli
