#include "http/api/stores.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <utility>

#include "base/encoding.h"
#include "http/json.h"
#include "store/migration/migrations.h"
#include "store/monitor.h"
#include "store/stores.h"

namespace gannet::http {
namespace {

namespace json = boost::json;

json::object calls_to_json(const store::CallStatus& calls) {
  return {{"count", calls.count},
          {"errors", calls.errors},
          {"p50Ms", calls.milliseconds.p50},
          {"p95Ms", calls.milliseconds.p95},
          {"p99Ms", calls.milliseconds.p99}};
}

constexpr store::Role kRoles[] = {store::Role::kData, store::Role::kBlob, store::Role::kSearch,
                                  store::Role::kLookup};

// "source", "target": of the migration that is under way; else null.
json::value part_in(const std::optional<store::migration::MigrationStatus>& migration,
                    const std::string& id) {
  if (!migration || !migration->record.under_way()) return nullptr;
  if (migration->record.from == id) return "source";
  if (migration->record.to == id) return "target";
  return nullptr;
}

json::object to_json(const store::StoreStatus& status, const store::migration::Migrations& migrations) {
  json::array roles;
  for (const store::Role role : kRoles)
    if (migrations.in_force(role) == status.id) roles.emplace_back(store::role_name(role));
  json::object out{{"id", status.id},
                   {"type", status.type},
                   {"roles", std::move(roles)},
                   {"migration", part_in(migrations.status(), status.id)},
                   {"writable", status.writable},
                   {"reason", status.reason},
                   {"pool", nullptr},
                   {"reads", calls_to_json(status.reads)},
                   {"writes", calls_to_json(status.writes)},
                   {"conflicts", status.conflicts}};
  if (const auto& pool = status.pool)
    out["pool"] = json::object{{"open", pool->open},
                               {"inUse", pool->in_use},
                               {"waited", pool->waited},
                               {"exhausted", pool->exhausted}};
  return out;
}

}  // namespace

void add_store_routes(Router& router, std::shared_ptr<store::StoreMonitors> monitors,
                      std::shared_ptr<store::migration::Migrations> migrations) {
  router.add("GET", "/api/store/status", Access::kAdmin,
             [monitors = std::move(monitors), migrations = std::move(migrations)](const Request&) {
               json::array all;
               for (const auto& monitor : monitors->all())
                 all.emplace_back(to_json(monitor->status(), *migrations));
               return data_response(std::move(all));
             });
}

void add_purge_routes(Router& router, PurgeActions actions) {
  const auto shared = std::make_shared<const PurgeActions>(std::move(actions));
  const auto purge = [shared](const Request& request) -> Response {
    const std::string& what = request.captures.at(0);
    if (what != "blob" && what != "lookup")
      return error_response(404, "notFound", "What can be purged is blob and lookup, not \"" + what + "\".");
    std::string from;
    if (const auto given = request.query.find("from"); given != request.query.end()) {
      const auto raw = hex_decode(given->second);
      if (!raw) return error_response(400, "badRequest", "from is what the last answer gave as next.");
      from = *raw;
    }
    const auto done = what == "blob" ? shared->blobs(from) : shared->lookups();
    if (!done) return response_for(done.error());
    return data_response(json::object{
        {"examined", done->examined}, {"removed", done->removed}, {"next", hex_encode(done->next)}});
  };
  // GET, as other servers have it, too.
  for (const char* method : {"POST", "GET"}) router.add(method, "/api/store/purge/{}", Access::kAdmin, purge);
}

}  // namespace gannet::http
