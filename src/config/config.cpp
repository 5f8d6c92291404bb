#include "config/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <type_traits>

#include "config/settings.h"

namespace gannet::config {
namespace {

[[noreturn]] void misuse(std::string_view key, std::string_view what) {
  std::fputs(fmt::format("setting {}: {}\n", key, what).c_str(), stderr);
  std::abort();
}

// Of a key as this program's own sources write it.
const Declaration& declaration_of(const Path& path, std::string_view key) {
  const Match match = Registry::instance().match(path);
  if (!match.declaration) misuse(key, "no declaration knows this key");
  if (!match.old_name.empty()) misuse(key, "asked for by its old name");
  return *match.declaration;
}

// The value that counts, and where it comes from.
struct Effective {
  std::shared_ptr<Setting> made;  // from the default
  const Setting* setting = nullptr;
  const Declaration* declaration = nullptr;
  Origin origin;
};

Effective effective(const Settings& settings, const std::string& key) {
  const Path path = split_key(key);
  Effective out;
  out.declaration = &declaration_of(path, key);
  if (const Setting* own = settings.find(join_path(path))) {
    out.setting = own;
    out.origin = own->origin;
  } else if (!out.declaration->inherits.empty()) {
    const auto inherits = std::string(out.declaration->inherits);
    out = effective(settings, inherits);
    if (out.setting) out.origin = {Origin::Kind::kInherited, inherits};
  } else if (!out.declaration->fallback.empty()) {
    auto made = parse_setting_text(*out.declaration, out.declaration->fallback);
    if (!made) misuse(key, "the default is not a value: " + made.error().message);
    out.made = std::make_shared<Setting>(*std::move(made));
    out.setting = out.made.get();
    out.origin = {Origin::Kind::kDefault, ""};
  }
  return out;
}

template <typename T>
T scalar_as(const Scalar& scalar, std::string_view key) {
  if (const T* value = std::get_if<T>(&scalar)) return *value;
  misuse(key, "asked for as another type than declared");
}

template <typename T>
struct ElementOf {
  using type = T;
  static constexpr bool list = false;
};
template <typename T>
struct ElementOf<std::vector<T>> {
  using type = T;
  static constexpr bool list = true;
};

}  // namespace

std::string Origin::text() const {
  switch (kind) {
    case Kind::kUnset:
      return "not set";
    case Kind::kDefault:
      return "default";
    case Kind::kInherited:
      return "from " + place;
    case Kind::kFile:
      return place;
    case Kind::kDatabase:
      return "database";
  }
  return {};
}

std::string Settings::text(const std::string& key) const {
  const Setting* setting = find(key);
  if (!setting || setting->items.empty()) return {};
  const auto* text = std::get_if<std::string>(&setting->items.front());
  return text ? *text : std::string();
}

std::vector<std::string> Settings::ids(const Path& prefix) const {
  std::vector<std::string> out;
  for (const Path& path : order) {
    if (path.size() <= prefix.size() || !std::equal(prefix.begin(), prefix.end(), path.begin())) continue;
    const std::string& id = path[prefix.size()];
    if (std::ranges::find(out, id) == out.end()) out.push_back(id);
  }
  return out;
}

bool Section::is_set(std::string_view key) const {
  const std::string full = join_path(split_key(full_key(key)));
  const std::string below = full + ".";
  const auto at = settings_->values.lower_bound(below);
  return settings_->find(full) || (at != settings_->values.end() && at->first.starts_with(below));
}

Origin Section::origin(std::string_view key) const {
  return effective(*settings_, full_key(key)).origin;
}

template <typename T>
std::optional<T> Section::find(std::string_view key) const {
  using Element = typename ElementOf<T>::type;
  const std::string full = full_key(key);
  const Effective value = effective(*settings_, full);
  if (value.declaration->expression) misuse(full, "is an expression");
  if (value.declaration->list != ElementOf<T>::list) misuse(full, "asked for as another type than declared");
  if (!value.setting || value.setting->off) return std::nullopt;
  if constexpr (ElementOf<T>::list) {
    T out;
    for (const Scalar& item : value.setting->items) out.push_back(scalar_as<Element>(item, full));
    return out;
  } else {
    return scalar_as<T>(value.setting->items.front(), full);
  }
}

#define GANNET_SETTING_TYPE(T)                                        \
  template std::optional<T> Section::find<T>(std::string_view) const; \
  template std::optional<std::vector<T>> Section::find<std::vector<T>>(std::string_view) const;
GANNET_SETTING_TYPE(bool)
GANNET_SETTING_TYPE(std::int64_t)
GANNET_SETTING_TYPE(std::uint64_t)
GANNET_SETTING_TYPE(double)
GANNET_SETTING_TYPE(Duration)
GANNET_SETTING_TYPE(std::string)
GANNET_SETTING_TYPE(Secret)
GANNET_SETTING_TYPE(Rate)
GANNET_SETTING_TYPE(Cron)
GANNET_SETTING_TYPE(IpNetwork)
GANNET_SETTING_TYPE(IpAddress)
GANNET_SETTING_TYPE(Endpoint)
#undef GANNET_SETTING_TYPE

std::shared_ptr<const Expression> Section::expression(std::string_view key) const {
  const std::string full = full_key(key);
  const Effective value = effective(*settings_, full);
  if (!value.declaration->expression) misuse(full, "is not an expression");
  return value.setting ? value.setting->expression : Expression::constant(Value());
}

std::vector<std::string> Section::ids(std::string_view prefix) const {
  return settings_->ids(split_key(full_key(prefix)));
}

Section Section::at(std::string_view prefix, std::string_view id) const {
  return Section(settings_, join_key(full_key(prefix), id) + ".");
}

std::vector<std::string> Section::keys(std::string_view prefix) const {
  const Path start = split_key(full_key(prefix));
  std::vector<std::string> out;
  for (const Path& path : settings_->order) {
    if (path.size() <= start.size() || !std::equal(start.begin(), start.end(), path.begin())) continue;
    if (settings_->find(join_path(path)))
      out.push_back(join_path(Path(path.begin() + static_cast<std::ptrdiff_t>(start.size()), path.end())));
  }
  return out;
}

const std::vector<Finding>& Config::warnings() const {
  return settings_->warnings;
}
Finding Config::error_of(std::string_view message) const {
  Finding out{Finding::Severity::kError, {}, {}, 0, std::string(message)};
  const auto colon = message.find(": ");
  if (colon == std::string_view::npos) return out;
  const std::string key(message.substr(0, colon)), below = key + ".";
  // In a table, the first line of what it sets.
  for (auto at = settings_->values.lower_bound(key); at != settings_->values.end(); ++at) {
    const auto& [name, setting] = *at;
    if (!name.starts_with(key)) break;
    if ((name != key && !name.starts_with(below)) || setting.line == 0) continue;
    if (out.line == 0 || setting.line < out.line) {
      out.line = setting.line;
      out.file = setting.file;
    }
  }
  if (out.line == 0) return out;
  out.key = key;
  out.message = message.substr(colon + 2);
  return out;
}

const std::vector<std::string>& Config::files() const {
  return settings_->files;
}

Result<void> Config::check_change(const std::string& key, const std::string& value) const {
  const Match match = TRY(Registry::instance().require(key));
  const std::string current = join_path(match.path);
  if (const Setting* own = settings_->find(current); own && own->origin.kind == Origin::Kind::kFile) {
    return fail(ConfigError::kOwnedByFile, fmt::format("{} is set in the settings file ({}): change it there",
                                                       current, own->origin.place));
  }
  if (auto setting = parse_setting_text(*match.declaration, value); !setting) {
    return fail(ConfigError::kInvalid, fmt::format("{}: {}", current, setting.error().message));
  }
  return {};
}

Config Config::with_overlay(const std::map<std::string, std::string>& overlay) const {
  auto settings = std::make_shared<Settings>(*settings_);
  Findings findings("database", settings->warnings);
  for (const auto& [key, value] : overlay) {
    const Match match = Registry::instance().match(split_key(key));
    const std::string current = match.declaration ? join_path(match.path) : key;
    if (settings->find(current)) continue;  // the file's word counts
    if (auto fits = check_change(key, value); !fits) {
      findings.warning(key, 0, fmt::format("left out: {}", fits.error().text()));
      continue;
    }
    auto setting = parse_setting_text(*match.declaration, value);
    setting->origin = {Origin::Kind::kDatabase, ""};
    settings->values.emplace(current, *std::move(setting));
    settings->order.push_back(match.path);
  }
  return Config(std::move(settings));
}

std::string join_key(std::string_view prefix, std::string_view id) {
  const std::string segment = join_path({std::string(id)});
  return prefix.empty() ? segment : fmt::format("{}.{}", prefix, segment);
}

}  // namespace gannet::config
