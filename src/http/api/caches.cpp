#include "http/api/caches.h"

#include <boost/json/array.hpp>

#include "http/json.h"
#include "observe/caches.h"
#include "observe/log.h"

namespace gannet::http {
namespace {

boost::json::object to_json(const observe::NamedCache& cache) {
  const observe::CacheStatus& now = cache.status;
  boost::json::object out{{"name", cache.name},       {"entries", now.entries},     {"hits", now.hits},
                          {"misses", now.misses},     {"evictions", now.evictions}, {"bytes", now.bytes},
                          {"maxBytes", now.max_bytes}};
  out.emplace("maxEntries", now.max_entries);
  return out;
}

Response status() {
  boost::json::array items;
  for (const auto& cache : observe::caches()) items.push_back(to_json(cache));
  return data_response(boost::json::object{{"total", items.size()}, {"items", std::move(items)}});
}

Response clear(const Request& request, const std::string& name) {
  const auto cleared = observe::clear_caches(name);
  if (cleared.empty()) return error_response(404, "notFound", "There is no cache " + name + ".");
  boost::json::array names;
  for (const auto& one : cleared) {
    observe::info("cache.cleared", {{"name", one}, {"by", request.principal->name}});
    names.emplace_back(one);
  }
  return data_response(boost::json::object{{"cleared", std::move(names)}});
}

}  // namespace

void add_cache_routes(Router& router) {
  router.add("GET", "/api/cache", Access::kAdmin, [](const Request&) { return status(); });
  router.add("DELETE", "/api/cache", Access::kAdmin,
             [](const Request& request) { return clear(request, {}); });
  router.add("DELETE", "/api/cache/{}", Access::kAdmin,
             [](const Request& request) { return clear(request, request.captures.at(0)); });
}

}  // namespace gannet::http
