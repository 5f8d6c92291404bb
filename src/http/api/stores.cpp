#include "http/api/stores.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "http/json.h"
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

json::object to_json(const store::StoreStatus& status) {
  json::array roles;
  for (const store::Role role : status.roles) roles.emplace_back(store::role_name(role));
  json::object out{{"id", status.id},
                   {"type", status.type},
                   {"roles", std::move(roles)},
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

void add_store_routes(Router& router, std::vector<std::shared_ptr<store::StoreMonitor>> monitors) {
  router.add("GET", "/api/store/status", Access::kAdmin, [monitors = std::move(monitors)](const Request&) {
    json::array all;
    for (const auto& monitor : monitors) all.emplace_back(to_json(monitor->status()));
    return data_response(std::move(all));
  });
}

}  // namespace gannet::http
