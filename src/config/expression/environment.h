// What an expression may ask beyond its arguments: directories, stores, the DNS. Such an expression belongs
// on the core, since an answer may take a while.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/expression/value.h"

namespace gannet::config {

// Each function that is not overridden fails with ConfigError::kUnavailable, naming itself. A directory or
// store named "*" is the configured default.
class Environment {
 public:
  virtual ~Environment() = default;
  virtual Result<bool> is_local_domain(std::string_view directory, std::string_view domain);
  virtual Result<bool> is_local_address(std::string_view directory, std::string_view address);
  // `store` may be a store, or the name of a lookup.<id> table. Value() when there is no such key.
  virtual Result<Value> key_get(std::string_view store, std::string_view key);
  virtual Result<bool> key_exists(std::string_view store, std::string_view key);
  virtual Result<> key_set(std::string_view store, std::string_view key, const Value& value);
  virtual Result<std::int64_t> counter_incr(std::string_view store, std::string_view key, std::int64_t delta);
  virtual Result<std::int64_t> counter_get(std::string_view store, std::string_view key);
  // `type` is a, aaaa, mx, txt, ptr, ipv4, ipv6 and so on. Empty when the name does not exist.
  virtual Result<std::vector<std::string>> dns_query(std::string_view name, std::string_view type);
  // The rows: one value alone, one row as an array, several as an array of arrays.
  virtual Result<Value> sql_query(std::string_view store, std::string_view query,
                                  const Value::Array& arguments);
  virtual Result<Value> config_get(std::string_view key);
};

}  // namespace gannet::config
