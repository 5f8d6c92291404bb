// gannet store migrate, below gannet store.
#pragma once

#include <CLI/App.hpp>

namespace gannet::cli {

void add_migrations(CLI::App& store, int& status);

}  // namespace gannet::cli
