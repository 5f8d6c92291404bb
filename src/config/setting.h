// One value, parsed as its declaration says.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/ip.h"
#include "base/secret.h"
#include "config/config.h"
#include "config/declaration.h"
#include "config/expression/expression.h"
#include "config/macros.h"
#include "config/node.h"
#include "config/values.h"

namespace gannet::config {

using Scalar = std::variant<bool, std::int64_t, std::uint64_t, double, Duration, std::string, Secret, Rate,
                            Cron, IpNetwork, IpAddress, Endpoint>;

struct Setting {
  const Declaration* declaration = nullptr;
  std::vector<Scalar> items;  // one, unless it is a list
  bool off = false;           // switched off by `false`
  std::shared_ptr<const Expression> expression;
  std::string shown;  // as TOML, for `gannet config show`; secrets masked
  Origin origin;
  std::string file;
  int line = 0;
};

// A wrong value: what was found and what is allowed. `missing`: a file or variable is not there on this
// machine.
struct ValueError {
  std::string message;
  int line = 0;
  bool missing = false;
};

std::expected<Setting, ValueError> parse_setting(const Declaration& declaration, const Node& node,
                                                 Macros& macros);
// From text as operators type it: quotes left out, a list as `a, b` or `["a", "b"]`. Without macros.
std::expected<Setting, ValueError> parse_setting_text(const Declaration& declaration, std::string_view text);
// The node that such a text stands for.
std::expected<Node, ValueError> node_from_text(const Declaration& declaration, std::string_view text);

// `a duration such as 500ms, 30s, 5m, 1h or 30d`
std::string describe_type(const Declaration& declaration);

}  // namespace gannet::config
