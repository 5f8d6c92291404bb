// Options that commands share.
#pragma once

#include <CLI/App.hpp>

#include "cli/api_client.h"

namespace gannet::cli {

// --url, --user, --insecure and --json, of every command that speaks to a running server.
void add_api_options(CLI::App& command, ApiLogin& login, bool& json);

}  // namespace gannet::cli
