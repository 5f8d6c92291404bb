#include "config/expression/environment.h"

#include <fmt/format.h>

#include "config/errors.h"

namespace gannet::config {
namespace {

std::unexpected<Error> missing(std::string_view function) {
  return fail(ConfigError::kUnavailable, fmt::format("{}() cannot be used here", function));
}

}  // namespace

Result<bool> Environment::is_local_domain(std::string_view, std::string_view) {
  return missing("is_local_domain");
}
Result<bool> Environment::is_local_address(std::string_view, std::string_view) {
  return missing("is_local_address");
}
Result<Value> Environment::key_get(std::string_view, std::string_view) {
  return missing("key_get");
}
Result<bool> Environment::key_exists(std::string_view, std::string_view) {
  return missing("key_exists");
}
Result<> Environment::key_set(std::string_view, std::string_view, const Value&) {
  return missing("key_set");
}
Result<std::int64_t> Environment::counter_incr(std::string_view, std::string_view, std::int64_t) {
  return missing("counter_incr");
}
Result<std::int64_t> Environment::counter_get(std::string_view, std::string_view) {
  return missing("counter_get");
}
Result<std::vector<std::string>> Environment::dns_query(std::string_view, std::string_view) {
  return missing("dns_query");
}
Result<Value> Environment::sql_query(std::string_view, std::string_view, const Value::Array&) {
  return missing("sql_query");
}
Result<Value> Environment::config_get(std::string_view) {
  return missing("config_get");
}

}  // namespace gannet::config
