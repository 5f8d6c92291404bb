// Whether the settings file names the store that a migration went to.
#pragma once

#include "base/result.h"
#include "config/config.h"
#include "store/migration/record.h"

namespace gannet::server {

// Reads the file of `running` again, as it is now. kConfiguration tells what to write where.
Result<void> file_names_target(const config::Config& running, const store::migration::Record& record);

}  // namespace gannet::server
