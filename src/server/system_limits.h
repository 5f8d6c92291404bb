// What the system must allow: open files.
#pragma once

#include <cstdint>

namespace gannet::server {

// Raises the soft limit of open files to the hard one, and the hard one too where this process may. Logs a
// warning when `connections` sockets and the stores' files do not fit.
void raise_open_files(std::uint64_t connections);

}  // namespace gannet::server
