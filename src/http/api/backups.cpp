#include "http/api/backups.h"

#include <boost/json/object.hpp>
#include <memory>

#include "http/json.h"

namespace gannet::http {
namespace {

Response status(const BackupActions& actions) {
  const auto now = actions.status();
  return data_response(boost::json::object{{"running", now.running},
                                           {"folder", now.folder},
                                           {"snapshot", now.snapshot},
                                           {"error", now.error},
                                           {"records", now.records},
                                           {"messages", now.blobs},
                                           {"newMessages", now.new_blobs},
                                           {"missing", now.missing},
                                           {"newBytes", now.new_bytes}});
}

Response start(const BackupActions& actions, const Request& request) {
  const auto body = parse_body(request);
  if (!body) return body.error();
  const auto* object = body->if_object();
  const auto* folder = object ? object->if_contains("folder") : nullptr;
  if (!folder || !folder->is_string() || folder->get_string().empty() || folder->get_string()[0] != '/')
    return error_response(400, "invalidProperties",
                          "The body is {\"folder\": \"/PATH\"}, an absolute path on the server's host.");
  if (auto started = actions.start(std::string(folder->get_string())); !started)
    return error_response(409, "inUse", started.error().text());
  return status(actions);
}

}  // namespace

void add_backup_routes(Router& router, BackupActions actions) {
  const auto shared = std::make_shared<const BackupActions>(std::move(actions));
  router.add("GET", "/api/backup", Access::kAdmin, [shared](const Request&) { return status(*shared); });
  router.add("POST", "/api/backup", Access::kAdmin,
             [shared](const Request& request) { return start(*shared, request); });
}

}  // namespace gannet::http
