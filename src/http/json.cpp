#include "http/json.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "directory/errors.h"
#include "observe/log.h"

namespace gannet::http {

std::expected<boost::json::value, Response> parse_body(const Request& request) {
  boost::system::error_code error;
  auto value = boost::json::parse(request.body, error);
  if (error)
    return std::unexpected(
        error_response(400, "badRequest", "The body is not JSON: " + error.message() + "."));
  return value;
}

Response data_response(boost::json::value value) {
  boost::json::object body;
  body.emplace("data", std::move(value));
  return {.status = 200, .body = boost::json::serialize(body), .headers = {}};
}

Response response_for(const Error& error) {
  using directory::DirectoryError;
  if (error.is(DirectoryError::kNotFound)) return error_response(404, "notFound", error.text());
  if (error.is(DirectoryError::kExists)) return error_response(409, "fieldAlreadyExists", error.text());
  if (error.is(DirectoryError::kInvalid)) return error_response(400, "invalidProperties", error.text());
  if (error.is(DirectoryError::kReadOnly)) return error_response(400, "readOnly", error.text());
  if (error.is(DirectoryError::kDenied)) return error_response(403, "forbidden", error.text());
  observe::error("http.api-failed", {{"error", error}});
  if (error.retry_can_help() || error.is(DirectoryError::kUnavailable))
    return error_response(503, "unavailable", error.text());
  return error_response(500, "internal", error.text());
}

}  // namespace gannet::http
