#include "http/api/fsck.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <charconv>

#include "fsck/errors.h"
#include "fsck/job.h"
#include "http/json.h"

namespace gannet::http {
namespace {

namespace json = boost::json;
constexpr std::size_t kFindingsAtOnce = 1000;

using AccountOf = std::function<Result<std::uint32_t>(const std::string& name)>;

// Nothing for another word than true and false.
std::optional<bool> flag_of(const Request& request, const std::string& name) {
  const auto value = request.parameter(name);
  if (value.empty() || value == "false") return false;
  if (value == "true") return true;
  return std::nullopt;
}

Response start(fsck::Job& job, const AccountOf& account_of, const Request& request) {
  const auto repair = flag_of(request, "repair"), deep = flag_of(request, "deep");
  if (!repair || !deep) return error_response(400, "invalid", "repair and deep are true or false");
  fsck::Options options{.repair = *repair, .deep = *deep, .account = std::nullopt};
  if (const auto name = request.parameter("account"); !name.empty()) {
    const auto account = account_of(std::string(name));
    if (!account)
      return account.error().retry_can_help() ? error_response(503, "unavailable", account.error().text())
                                              : error_response(404, "notFound", account.error().text());
    options.account = *account;
  }
  const auto number = job.start(options);
  if (!number) return error_response(409, "busy", number.error().text());
  return data_response(json::object{{"run", *number}});
}

json::object to_json(const fsck::Finding& finding) {
  return {{"check", finding.check},
          {"account", finding.account},
          {"what", finding.what},
          {"fate", fsck::to_string(finding.fate)}};
}

Response status(fsck::Job& job, const Request& request) {
  std::uint64_t from = 0;
  if (const auto text = request.parameter("from"); !text.empty()) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), from);
    if (error != std::errc{} || end != text.data() + text.size())
      return error_response(400, "invalid", "from is the number of the first finding to show");
  }
  // The status first: a run that has ended then shows all of its findings.
  const auto now = job.status();
  json::array findings;
  for (const auto& finding : job.findings(from, kFindingsAtOnce)) findings.push_back(to_json(finding));
  json::object out{
      {"run", now.number},          {"running", now.running},   {"repair", now.options.repair},
      {"deep", now.options.deep},   {"phase", now.phase},       {"done", now.done},
      {"found", now.found},         {"repaired", now.repaired}, {"lost", now.lost},
      {"unchecked", now.unchecked}, {"kept", now.kept},         {"findings", std::move(findings)}};
  if (now.failed) out["failed"] = now.failed->text();
  return data_response(std::move(out));
}

}  // namespace

void add_fsck_routes(Router& router, std::shared_ptr<fsck::Job> job, AccountOf account_of) {
  router.add("POST", "/api/fsck", Access::kAdmin,
             [job, account_of = std::move(account_of)](const Request& request) {
               return start(*job, account_of, request);
             });
  router.add("GET", "/api/fsck", Access::kAdmin,
             [job](const Request& request) { return status(*job, request); });
  router.add("DELETE", "/api/fsck", Access::kAdmin, [job](const Request&) {
    job->cancel();
    return data_response(json::object{});
  });
}

}  // namespace gannet::http
