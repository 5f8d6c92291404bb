#include <fmt/format.h>

#include "config/registry.h"
#include "config/setting.h"

namespace gannet::config {
namespace {

std::string one(const Declaration& declaration) {
  switch (declaration.type) {
    case Type::kBool:
      return "true or false";
    case Type::kInteger:
      return "a whole number";
    case Type::kNumber:
      return "a number";
    case Type::kSize:
      return "a size such as 1024, 512kb, 10mb or 1gb";
    case Type::kDuration:
      return "a duration such as 500ms, 30s, 5m, 1h or 30d";
    case Type::kRate:
      return "a rate such as 100/1m";
    case Type::kCron:
      return "a time such as 0 3 * (minute, hour, weekday)";
    case Type::kString:
      return "text";
    case Type::kEnum:
      return fmt::format("one of {}", fmt::join(split_words(declaration.words), ", "));
    case Type::kPath:
      return "a path";
    case Type::kSecret:
      return "a secret, or file:///path";
    case Type::kText:
      return "text, or file:///path";
    case Type::kPem:
    case Type::kPemKey:
      return "PEM text, or file:///path";
    case Type::kRegex:
      return "a regular expression";
    case Type::kUrl:
      return "a URL";
    case Type::kIp:
      return "an IP address";
    case Type::kNetwork:
      return "an IP address or a network such as 10.0.0.0/8";
    case Type::kSocketAddress:
      return "IP:PORT such as 0.0.0.0:25 or [::]:25";
  }
  return {};
}

}  // namespace

std::string describe_type(const Declaration& declaration) {
  std::string out = one(declaration);
  if (!declaration.range.empty()) {
    const auto dots = declaration.range.find("..");
    const auto lowest = declaration.range.substr(0, dots);
    const auto highest = declaration.range.substr(dots + 2);
    out += highest.empty() ? fmt::format(", {} or more", lowest)
                           : fmt::format(", from {} to {}", lowest, highest);
  }
  if (declaration.list) out = "a list of: " + out;
  if (declaration.expression) out = "an expression giving " + out;
  if (declaration.off) out += ", or false";
  return out;
}

}  // namespace gannet::config
