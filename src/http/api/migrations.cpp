#include "http/api/migrations.h"

#include <boost/json/object.hpp>
#include <boost/json/value_to.hpp>

#include "http/json.h"
#include "store/migration/migrations.h"

namespace gannet::http {
namespace {

namespace json = boost::json;
namespace migration = store::migration;

Response refusal(const Error& error) {
  if (error.is(store::StoreError::kInvalid) || error.is(store::StoreError::kConfiguration))
    return error_response(409, "refused", error.text());
  return response_for(error);
}

json::value to_json(const std::optional<migration::MigrationStatus>& status) {
  if (!status) return nullptr;
  const auto& record = status->record;
  json::object out{{"id", record.id},
                   {"role", store::role_name(record.role)},
                   {"from", record.from},
                   {"to", record.to},
                   {"phase", migration::phase_name(record.phase)},
                   {"inForce", record.target_in_force() ? record.to : record.from},
                   {"keys", record.keys},
                   {"bytes", record.bytes},
                   {"totalKeys", record.total},
                   {"verifiedKeys", record.verified},
                   {"repairedKeys", record.repaired},
                   {"rate", record.rate},
                   {"hold", record.hold},
                   {"beganMs", to_unix_ms(record.begun)},
                   {"phaseBeganMs", to_unix_ms(record.changed)},
                   {"pausedMs", status->paused.count()},
                   {"secondsLeft", nullptr},
                   {"error", status->error}};
  if (status->left) out["secondsLeft"] = status->left->count() / 1000;
  return out;
}

Response begin(migration::Migrations& migrations, const Request& request) {
  const auto body = parse_body(request);
  if (!body) return body.error();
  const auto* object = body->if_object();
  if (object == nullptr) return error_response(400, "badRequest", "The body must be an object.");
  migration::MigrationPlan plan;
  for (const auto& [key, value] : *object) {
    boost::system::error_code wrong;
    if (key == "role" && value.is_string()) {
      const auto role = store::role_named(json::value_to<std::string>(value));
      if (!role) return error_response(400, "badRequest", "\"role\" is data, blob, fts or lookup.");
      plan.role = *role;
    } else if (key == "from" && value.is_string()) {
      plan.from = json::value_to<std::string>(value);
    } else if (key == "to" && value.is_string()) {
      plan.to = json::value_to<std::string>(value);
    } else if (key == "hold" && value.is_bool()) {
      plan.hold = value.get_bool();
    } else if (key == "alone" && value.is_bool()) {
      plan.alone = value.get_bool();
    } else if (key == "rate") {
      plan.rate = value.to_number<std::uint64_t>(wrong);
    } else {
      wrong = json::error::not_exact;
    }
    if (wrong)
      return error_response(400, "badRequest",
                            "\"" + std::string(key) +
                                "\": expected are role, from, to (ids of stores), rate (bytes a second), "
                                "hold and alone (booleans).");
  }
  if (auto begun = migrations.begin(plan); !begun) return refusal(begun.error());
  return data_response(to_json(migrations.status()));
}

}  // namespace

void add_migration_routes(Router& router, std::shared_ptr<migration::Migrations> migrations) {
  router.add("GET", "/api/store/migration", Access::kAdmin,
             [migrations](const Request&) { return data_response(to_json(migrations->status())); });
  router.add("POST", "/api/store/migration", Access::kAdmin,
             [migrations](const Request& request) { return begin(*migrations, request); });
  const auto wish = [&](const std::string& path, migration::Wish what) {
    router.add("POST", "/api/store/migration/" + path, Access::kAdmin, [migrations, what](const Request&) {
      if (auto done = migrations->wish(what); !done) return refusal(done.error());
      return data_response(to_json(migrations->status()));
    });
  };
  wish("cut-over", migration::Wish::kCutOver);
  wish("rollback", migration::Wish::kRollBack);
  wish("confirm", migration::Wish::kConfirm);
}

}  // namespace gannet::http
