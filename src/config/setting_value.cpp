#include "config/setting_value.h"

#include <fmt/format.h>

#include <optional>
#include <vector>

#include "config/expression/expression.h"
#include "config/hostname.h"
#include "config/registry.h"

namespace gannet::config {
namespace {

std::unexpected<Error> invalid(std::string_view key, std::string_view why) {
  return fail(ConfigError::kInvalid, fmt::format("config_get('{}'): {}", key, why));
}

Value value_from(bool value) {
  return Value(value);
}
Value value_from(std::int64_t value) {
  return Value(value);
}
Value value_from(std::uint64_t value) {
  return Value(static_cast<std::int64_t>(value));
}
Value value_from(double value) {
  return Value(value);
}
Value value_from(Duration value) {
  return Value(static_cast<std::int64_t>(value.count()));
}
Value value_from(const std::string& value) {
  return Value(value);
}
template <typename T>
Value value_from(const T& value) {
  return Value(value.to_string());
}

template <typename T>
Value read(const Config& config, const Declaration& declaration, std::string_view key) {
  if (declaration.list) {
    const auto found = config.find<std::vector<T>>(key);
    if (!found) return {};
    Value::Array out;
    for (const T& element : *found) out.push_back(value_from(element));
    return Value(std::move(out));
  }
  const auto found = config.find<T>(key);
  return found ? value_from(*found) : Value();
}

}  // namespace

Result<Value> value_of(const Config& config, std::string_view key) {
  const Path path = split_key(key);
  const Match match = Registry::instance().match(path);
  if (!match.declaration || !match.declaration->instead.empty())
    return invalid(key, Registry::instance().explain_unknown(path));
  const Declaration& declaration = *match.declaration;
  const std::string current = join_path(match.path);
  if (declaration.expression) {
    const Value* constant = config.expression(current)->constant_value();
    return constant ? Result<Value>(*constant) : invalid(key, "is computed itself");
  }
  if (current == "server.hostname") return Value(hostname_of(config));
  switch (declaration.type) {
    case Type::kBool:
      return read<bool>(config, declaration, current);
    case Type::kInteger:
      return read<std::int64_t>(config, declaration, current);
    case Type::kNumber:
      return read<double>(config, declaration, current);
    case Type::kSize:
      return read<std::uint64_t>(config, declaration, current);
    case Type::kDuration:
      return read<Duration>(config, declaration, current);
    case Type::kIp:
      return read<IpAddress>(config, declaration, current);
    case Type::kNetwork:
      return read<IpNetwork>(config, declaration, current);
    case Type::kSocketAddress:
      return read<Endpoint>(config, declaration, current);
    case Type::kString:
    case Type::kEnum:
    case Type::kPath:
    case Type::kText:
    case Type::kRegex:
      return read<std::string>(config, declaration, current);
    case Type::kUrl:  // a password may be in it
    case Type::kSecret:
    case Type::kPem:
    case Type::kPemKey:
      return invalid(key, "a secret is not given out");
    case Type::kRate:
    case Type::kCron:
      break;
  }
  return invalid(key, "a setting of this kind has no value for expressions");
}

}  // namespace gannet::config
