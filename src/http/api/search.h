// /api/search: the full-text index (docs/api.md).
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "http/router.h"

namespace gannet::http {

struct Reindexed {
  std::uint64_t accounts = 0, messages = 0;  // listed; they are indexed from then on
};
struct SearchStatus {
  std::uint64_t waiting = 0;
  std::int64_t oldest_seconds = 0;  // for how long the oldest of them has waited
};

// Called on the worker pool.
struct SearchActions {
  // An account by its name, or all for an empty one.
  std::function<Result<Reindexed>(const std::string& account)> reindex;
  std::function<Result<SearchStatus>()> status;
};

void add_search_routes(Router& router, SearchActions actions);

}  // namespace gannet::http
