#include "store/fs/status.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace gannet::store::fs {

std::unexpected<Error> fail_with(int error, std::string_view doing, const std::string& path) {
  std::string detail =
      fmt::format("{}: {}: {}", path, doing, std::error_code(error, std::generic_category()).message());
  if (error == ENOSPC || error == EDQUOT || error == EFBIG)
    return fail(StoreError::kFull, "the store has no space left", std::move(detail), Retry::kCanHelp);
  return fail(StoreError::kUnavailable, "the store is not available", std::move(detail), Retry::kCanHelp);
}

}  // namespace gannet::store::fs
