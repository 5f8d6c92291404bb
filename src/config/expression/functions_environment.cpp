// Functions that ask directories, stores and the DNS.
#include "config/expression/functions.h"

namespace gannet::config::expression {
namespace {

Result<Value> counter_incr(Arguments a, Context& c) {
  const auto delta = a.size() > 2 ? a[2].as_integer() : 1;
  if (!delta) return fail(ConfigError::kInvalid, "counter_incr() needs a whole number");
  return Value(TRY(c.environment.counter_incr(a[0].as_string(), a[1].as_string(), *delta)));
}

Result<Value> key_set(Arguments a, Context& c) {
  TRY(c.environment.key_set(a[0].as_string(), a[1].as_string(), a[2]));
  return Value(true);
}

Result<Value> dns_query(Arguments a, Context& c) {
  Value::Array out;
  for (auto& record : TRY(c.environment.dns_query(a[0].as_string(), a[1].as_string())))
    out.emplace_back(std::move(record));
  return limited(std::move(out), c);
}

Result<Value> sql_query(Arguments a, Context& c) {
  Value::Array arguments(a.begin() + 2, a.end());
  if (arguments.size() == 1 && arguments[0].array()) {
    Value::Array inner = *arguments[0].array();
    arguments = std::move(inner);
  }
  return c.environment.sql_query(a[0].as_string(), a[1].as_string(), arguments);
}

constexpr Function kTable[] = {
    {"is_local_domain", 2, 2, true,
     [](Arguments a, Context& c) -> Result<Value> {
       return Value(TRY(c.environment.is_local_domain(a[0].as_string(), a[1].as_string())));
     },
     "is_local_domain(directory, domain)",
     "Whether the directory serves the domain. '*' is the default directory.", true},
    {"is_local_address", 2, 2, true,
     [](Arguments a, Context& c) -> Result<Value> {
       return Value(TRY(c.environment.is_local_address(a[0].as_string(), a[1].as_string())));
     },
     "is_local_address(directory, address)",
     "Whether somebody in the directory receives mail for the address.", true},
    {"key_get", 2, 2, true,
     [](Arguments a, Context& c) -> Result<Value> {
       return c.environment.key_get(a[0].as_string(), a[1].as_string());
     },
     "key_get(store, key)",
     "The key's value in a store or in a lookup.<id> table; nothing when it is not there."},
    {"key_exists", 2, 2, true,
     [](Arguments a, Context& c) -> Result<Value> {
       return Value(TRY(c.environment.key_exists(a[0].as_string(), a[1].as_string())));
     },
     "key_exists(store, key)", "Whether the key is there."},
    {"key_set", 3, 3, true, key_set, "key_set(store, key, value)", "Sets the key; true."},
    {"counter_incr", 2, 3, true, counter_incr, "counter_incr(store, key, delta)",
     "Adds to the counter, 1 when no delta is given; its new value."},
    {"counter_get", 2, 2, true,
     [](Arguments a, Context& c) -> Result<Value> {
       return Value(TRY(c.environment.counter_get(a[0].as_string(), a[1].as_string())));
     },
     "counter_get(store, key)", "The counter's value."},
    {"dns_query", 2, 2, true, dns_query, "dns_query(name, type)",
     "The records of the name as an array of text.", false, false},
    {"sql_query", 2, 16, true, sql_query, "sql_query(store, query, arguments...)",
     "What the SQL query gives: a value, a row as an array, or rows as an array of arrays.", false, false},
    {"config_get", 1, 1, true,
     [](Arguments a, Context& c) -> Result<Value> { return c.environment.config_get(a[0].as_string()); },
     "config_get(key)",
     "The value of a setting: durations in milliseconds, sizes in octets. Secrets are not given out."},
};

}  // namespace

constinit const std::span<const Function> kEnvironmentFunctions = kTable;

}  // namespace gannet::config::expression
