#pragma once

#include <string>

namespace gannet::config {

class Config;

// The name that the system has for this host; "localhost" if it has none.
std::string system_hostname();

// The name that this server calls itself everywhere: server.hostname, else the system's.
std::string hostname_of(const Config& config);

}  // namespace gannet::config
