#include "mta/envelope.h"

#include <fmt/format.h>

namespace gannet::mta {

std::string format_id(std::uint64_t id) {
  return fmt::format("{:016X}", id);
}

}  // namespace gannet::mta
