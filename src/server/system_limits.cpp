#include "server/system_limits.h"

#include <sys/resource.h>

#include "observe/log.h"

namespace gannet::server {

void raise_open_files(std::uint64_t connections) {
  const std::uint64_t wanted = connections + 2048;  // the stores' files, logs, listeners
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  if (limit.rlim_max < wanted) {
    const rlimit raised{wanted, wanted};
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) return;
  }
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max < wanted)
    observe::warn("server.open-files-limited",
                  {{"limit", static_cast<std::uint64_t>(limit.rlim_max)},
                   {"needed", wanted},
                   {"setting", "server.max-connections, or LimitNOFILE of the service"}});
}

}  // namespace gannet::server
