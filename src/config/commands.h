// What `gannet config ...` and `gannet setup` print and write.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config.h"

namespace gannet::config {

struct CheckReport {
  bool ok = false;
  std::string text;  // a line a finding, then one line that sums up
};
// What another part finds wrong with its settings: texts as for Config::error_of().
using Checker = std::function<std::vector<std::string>(const Config&)>;
// `gannet config check [--fragment] FILE`. `checkers` are asked about a whole file without errors.
CheckReport check(const std::string& path, bool fragment, const std::vector<Checker>& checkers = {});

// `gannet config describe [KEY]`: a setting; the settings below a prefix; all, when KEY is empty. A key may
// be a pattern (server.listener.<id>.bind) or a real one. kNotFound names the nearest.
Result<std::string> describe(std::string_view key);

// `gannet config show [PREFIX]`: `key = value  # origin`, a line a setting, in the order of the declarations.
// Without `all`, only what is set. Secrets print as ***.
std::string show(const Config& config, std::string_view prefix = {}, bool all = false);

// docs/settings.md, whole.
std::string render_settings_markdown();

// `gannet setup --set KEY=VALUE`: the line of TOML that sets the key, `imap.auth.max-failures = 5`. The value
// as the operator types it: quotes may be left out; a list as `a,b` or `["a", "b"]`.
Result<std::string> toml_assignment(std::string_view key, std::string_view value);

}  // namespace gannet::config
