// gannet store migrate, below gannet store.
#pragma once

#include <CLI/App.hpp>

namespace gannet::cli {

void add_migrations(CLI::App& store, int& status);
// Its abandon, which works on the settings file alone.
void add_abandon_migration(CLI::App& migrate, int& status);

}  // namespace gannet::cli
