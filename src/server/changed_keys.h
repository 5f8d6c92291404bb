// What differs between the settings that a server runs with and those that its file has now.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"

namespace gannet::server {

// The keys, in order, whose values were changed, added or taken out and count from the next start only: all but
// those that a reload takes over (certificate.*, tracer.*). No value is told, since it may be a secret.
std::vector<std::string> keys_for_a_restart(const config::Config& running, const config::Config& file);

}  // namespace gannet::server
