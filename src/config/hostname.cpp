#include "config/hostname.h"

#include <unistd.h>

#include <array>

#include "config/config.h"

namespace gannet::config {

std::string system_hostname() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 && name[0] != 0 ? name.data() : "localhost";
}

std::string hostname_of(const Config& config) {
  auto name = config.string("server.hostname");
  return name.empty() ? system_hostname() : name;
}

}  // namespace gannet::config
