#include "store/rocksdb/status.h"

#include <fmt/format.h>

namespace gannet::store::rocks {

bool is_no_space(const rocksdb::Status& status) {
  return status.IsNoSpace() || status.subcode() == rocksdb::Status::kSpaceLimit;
}

std::unexpected<Error> fail_with(const rocksdb::Status& status, std::string_view doing) {
  std::string detail = fmt::format("rocksdb: {}: {}", doing, status.ToString());
  if (is_no_space(status))
    return fail(StoreError::kFull, "the store has no space left", std::move(detail), Retry::kCanHelp);
  if (status.IsCorruption())
    return fail(StoreError::kCorrupt, "the store's data is damaged", std::move(detail));
  if (status.IsInvalidArgument() || status.IsNotSupported())
    return fail(StoreError::kInvalid, "the store refused the call", std::move(detail));
  return fail(StoreError::kUnavailable, "the store is not available", std::move(detail), Retry::kCanHelp);
}

}  // namespace gannet::store::rocks
