// Whether what the settings name can be reached: `gannet config check --connect`, and `gannet setup` before it writes.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "config/config.h"
#include "directory/directories.h"
#include "store/stores.h"

namespace gannet::cli {

struct Connections {
  store::Stores stores;
  directory::Directories directories;
};
// Opens all stores and directories of the settings and asks each something harmless. Errors name the setting. What
// does not exist yet and Gannet makes itself (folders, tables) is made. `clock` and `random` must outlive it.
Result<Connections> connect_all(const config::Config& config, Clock& clock, Random& random);
// The stores alone.
Result<store::Stores> connect_stores(const config::Config& config, Clock& clock, Random& random);

}  // namespace gannet::cli
