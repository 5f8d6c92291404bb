#include "http/message.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace gannet::http {

std::string_view Request::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

std::string_view Request::parameter(const std::string& name) const {
  auto found = query.find(name);
  return found == query.end() ? std::string_view() : std::string_view(found->second);
}

Response error_response(unsigned status, std::string_view error, std::string_view reason) {
  boost::json::object body{{"error", error}, {"reason", reason}};
  return {.status = status, .body = boost::json::serialize(body), .headers = {}};
}

}  // namespace gannet::http
