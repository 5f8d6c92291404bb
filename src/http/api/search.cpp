#include "http/api/search.h"

#include <boost/json/object.hpp>
#include <memory>

#include "http/json.h"

namespace gannet::http {
namespace {

Response failed(const Error& error) {
  if (error.retry_can_help()) return error_response(503, "unavailable", error.text());
  return error_response(400, "failed", error.text());
}

Response reindex(const SearchActions& actions, const std::string& account) {
  const auto done = actions.reindex(account);
  if (!done) return failed(done.error());
  return data_response(boost::json::object{{"accounts", done->accounts}, {"messages", done->messages}});
}

Response status(const SearchActions& actions) {
  const auto now = actions.status();
  if (!now) return failed(now.error());
  return data_response(
      boost::json::object{{"waiting", now->waiting}, {"oldestSeconds", now->oldest_seconds}});
}

}  // namespace

void add_search_routes(Router& router, SearchActions actions) {
  const auto shared = std::make_shared<const SearchActions>(std::move(actions));
  router.add("GET", "/api/search/status", Access::kAdmin,
             [shared](const Request&) { return status(*shared); });
  router.add("POST", "/api/search/reindex", Access::kAdmin,
             [shared](const Request&) { return reindex(*shared, {}); });
  router.add("POST", "/api/search/reindex/{}", Access::kAdmin,
             [shared](const Request& request) { return reindex(*shared, request.captures.at(0)); });
}

}  // namespace gannet::http
