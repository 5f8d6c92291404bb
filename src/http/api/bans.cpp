#include "http/api/bans.h"

#include <boost/json/array.hpp>

#include "http/json.h"

namespace gannet::http {
namespace {

namespace json = boost::json;

constexpr std::int64_t kLongest = 10LL * 366 * 86'400;  // seconds

json::object to_json(const login::Ban& ban) {
  json::object out{{"target", ban.target},
                   {"kind", ban.account ? "account" : "address"},
                   {"since", to_unix_ms(ban.since) / 1000},
                   {"reason", ban.reason}};
  if (ban.until) out.emplace("until", to_unix_ms(*ban.until) / 1000);
  return out;
}

Response wrong_target() {
  return error_response(400, "invalidProperties",
                        "target is an address, a network such as 192.0.2.0/24, or a login.");
}

Response list(login::Bans& bans) {
  auto all = bans.list();
  if (!all) return response_for(all.error());
  json::array items;
  for (const auto& ban : *all) items.push_back(to_json(ban));
  return data_response(json::object{{"items", std::move(items)}});
}

// {"target": "192.0.2.1", "seconds": 3600, "reason": "..."}; without seconds until it is removed.
Response add(login::Gate& gate, const Clock& clock, const Request& request) {
  auto body = parse_body(request);
  if (!body) return body.error();
  const auto* object = body->if_object();
  const auto* target = object ? object->if_contains("target") : nullptr;
  if (!target || !target->is_string()) return wrong_target();
  auto ban = login::parse_target(std::string_view(target->get_string()));
  if (!ban) return wrong_target();
  if (const auto address = IpAddress::parse(ban->target); address && gate.is_exempt(*address))
    return error_response(400, "invalidProperties",
                          ban->target + " cannot be banned: it is loopback, or in server.allowed-ip.");
  ban->since = clock.now();
  ban->reason = "by an administrator";
  if (const auto* reason = object->if_contains("reason"); reason && reason->is_string())
    ban->reason = std::string(reason->get_string()).substr(0, 200);
  if (const auto* seconds = object->if_contains("seconds")) {
    if (!seconds->is_int64() || seconds->get_int64() < 1 || seconds->get_int64() > kLongest)
      return error_response(400, "invalidProperties", "seconds is a number from 1 to ten years.");
    ban->until = ban->since + std::chrono::seconds(seconds->get_int64());
  }
  if (const auto added = gate.bans()->add(*ban); !added) return response_for(added.error());
  return data_response(to_json(*ban));
}

Response remove(login::Gate& gate, const Request& request) {
  const auto ban = login::parse_target(request.parameter("target"));
  if (!ban) return wrong_target();
  const auto removed = gate.lift(*ban);
  if (!removed) return response_for(removed.error());
  if (!*removed) return error_response(404, "notFound", ban->target + " is not banned.");
  return data_response(nullptr);
}

}  // namespace

void add_ban_routes(Router& router, std::shared_ptr<login::Gate> gate, const Clock& clock) {
  if (gate->bans() == nullptr) return;
  router.add("GET", "/api/ban", Access::kAdmin, [gate](const Request&) { return list(*gate->bans()); });
  router.add("POST", "/api/ban", Access::kAdmin,
             [gate, &clock](const Request& request) { return add(*gate, clock, request); });
  router.add("DELETE", "/api/ban", Access::kAdmin,
             [gate](const Request& request) { return remove(*gate, request); });
}

}  // namespace gannet::http
