// The principals of a memory directory as `directory.<id>` writes them.
#pragma once

#include "config/config.h"
#include "directory/memory_directory.h"

namespace gannet::directory {

// Reads [[directory.<id>.principals]] and, as the first generation spelt them, `users` and `groups`. Lists
// come from each one's `email-list`. kInvalid names the key.
Result<MemoryOptions> read_memory_options(const config::Config& config, const std::string& id);

}  // namespace gannet::directory
