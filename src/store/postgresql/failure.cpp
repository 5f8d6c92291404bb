#include "store/postgresql/failure.h"

#include <fmt/format.h>

namespace gannet::store::postgresql {

// PostgreSQL's manual, appendix A: the first two characters are the class.
Error statement_error(std::string_view sqlstate, const std::string& message) {
  std::string detail = fmt::format("postgresql: {} ({})", message, sqlstate);
  const std::string_view kind = sqlstate.substr(0, 2);
  if (sqlstate == "53100")
    return Error(StoreError::kFull, "the store has no space left", Retry::kCanHelp)
        .with_detail(std::move(detail));
  if (sqlstate == "XX001" || sqlstate == "XX002")
    return Error(StoreError::kCorrupt, "the store's data is damaged").with_detail(std::move(detail));
  if (kind == "54")
    return Error(StoreError::kTooLarge, "the store cannot hold that much at once")
        .with_detail(std::move(detail));
  if (sqlstate == "25006")
    return Error(StoreError::kUnavailable, "the store takes no writes now", Retry::kCanHelp)
        .with_detail(std::move(detail));
  return Error(StoreError::kUnavailable, "the store is not available", Retry::kCanHelp)
      .with_detail(std::move(detail));
}

bool passes_when_repeated(std::string_view sqlstate) {
  return sqlstate == "40001" || sqlstate == "40P01";
}

Error connection_lost(std::string detail) {
  return Error(StoreError::kUnavailable, "the store is not available", Retry::kCanHelp)
      .with_detail("postgresql: the connection was lost: " + std::move(detail));
}

Error timed_out(std::string_view doing) {
  return Error(StoreError::kUnavailable, "the store does not answer", Retry::kCanHelp)
      .with_detail(fmt::format("postgresql: no answer within the time-out of store.<id>.timeout: {}", doing));
}

}  // namespace gannet::store::postgresql
