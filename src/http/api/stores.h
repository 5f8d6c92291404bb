// /api/store/status: how each store does (docs/api.md).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "http/router.h"

namespace gannet::store {
class StoreMonitors;
namespace migration {
class Migrations;
}
}  // namespace gannet::store

namespace gannet::http {

void add_store_routes(Router& router, std::shared_ptr<store::StoreMonitors> monitors,
                      std::shared_ptr<store::migration::Migrations> migrations);

// What nobody needs any more, removed now instead of at its time.
struct Purged {
  std::uint64_t examined = 0, removed = 0;
  std::string next;  // where the next call goes on; empty at the end
};
struct PurgeActions {
  std::function<Result<Purged>(const std::string& from)> blobs;
  std::function<Result<Purged>()> lookups;
};
void add_purge_routes(Router& router, PurgeActions actions);

}  // namespace gannet::http
