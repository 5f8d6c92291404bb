#include "config/commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "config/keys/groups.h"
#include "config/settings.h"

namespace gannet::config {
namespace {

std::string default_text(const Declaration& declaration) {
  if (!declaration.inherits.empty()) return fmt::format("the value of {}", declaration.inherits);
  if (declaration.fallback.empty())
    return std::string(declaration.unset.empty() ? "none" : declaration.unset);
  auto node = node_from_text(declaration, declaration.fallback);
  return node ? to_toml(*node) : std::string(declaration.fallback);
}

std::string describe_one(const Declaration& declaration) {
  std::string out = fmt::format("{}\n  {}\n", declaration.key, declaration.sentence);
  if (!declaration.instead.empty()) return out + fmt::format("  not in Gannet: {}\n", declaration.instead);
  fmt::format_to(std::back_inserter(out), "  value:   {}\n", describe_type(declaration));
  if (declaration.required) {
    out += "  required\n";
  } else {
    fmt::format_to(std::back_inserter(out), "  default: {}\n", default_text(declaration));
  }
  if (!declaration.applies.empty()) {
    fmt::format_to(std::back_inserter(out), "  with type: {}\n",
                   fmt::join(split_words(declaration.applies), ", "));
  }
  if (!declaration.old_names.empty()) {
    fmt::format_to(std::back_inserter(out), "  old names: {}\n",
                   fmt::join(split_words(declaration.old_names), ", "));
  }
  return out;
}

// Whether the declared pattern lies below a prefix, which may itself be a pattern or hold real ids.
bool lies_below(const Declaration& declaration, const Path& prefix) {
  const Path pattern = split_key(declaration.key);
  if (pattern.size() <= prefix.size()) return false;
  for (std::size_t i = 0; i < prefix.size(); ++i) {
    if (prefix[i] != pattern[i] && !is_placeholder(pattern[i])) return false;
  }
  return true;
}

// `|` ends a table cell.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += c == '|' ? std::string("\\|") : c == '\n' ? std::string(" ") : std::string(1, c);
  return out;
}

std::string code(std::string_view text) {
  return "`" + cell(text) + "`";
}

void render_group(const Group& group, std::string& out) {
  fmt::format_to(std::back_inserter(out), "\n## {}\n\n{}\n\n", group.title, group.introduction);
  out += "| Setting | Value | Default | What it does |\n| --- | --- | --- | --- |\n";
  for (const Declaration& declaration : group.declarations) {
    if (!declaration.instead.empty()) continue;
    std::string sentence(declaration.sentence);
    if (!declaration.applies.empty()) {
      sentence += fmt::format(" Type {}.", fmt::join(split_words(declaration.applies), ", "));
    }
    const std::string fallback = declaration.required ? "required" : default_text(declaration);
    const bool literal = !declaration.required && !declaration.fallback.empty();
    fmt::format_to(std::back_inserter(out), "| {} | {} | {} | {} |\n", code(declaration.key),
                   cell(describe_type(declaration)), literal ? code(fallback) : cell(fallback),
                   cell(sentence));
  }
}

}  // namespace

std::string expression_reference();

CheckReport check(const std::string& path, bool fragment, const std::vector<Checker>& checkers) {
  std::vector<Finding> findings;
  LoadOptions options;
  options.fragment = fragment;
  CheckReport out;
  const auto config = Config::load(path, options, findings);
  if (config && !fragment) {
    for (const auto& checker : checkers)
      for (const auto& message : checker(*config)) findings.push_back(config->error_of(message));
  }
  std::size_t errors = 0;
  for (const auto& finding : findings) {
    out.text += finding.text() + "\n";
    errors += finding.severity == Finding::Severity::kError;
  }
  out.ok = errors == 0;
  const std::size_t warnings = findings.size() - errors;
  const auto plural = [](std::size_t n, std::string_view word) {
    return fmt::format("{} {}{}", n, word, n == 1 ? "" : "s");
  };
  out.text += out.ok && warnings == 0
                  ? fmt::format("{}: good\n", path)
                  : fmt::format("{}: {}, {}\n", path, plural(errors, "error"), plural(warnings, "warning"));
  return out;
}

Result<std::string> describe(std::string_view key) {
  const Registry& registry = Registry::instance();
  const Path path = key.empty() ? Path() : split_key(key);
  std::string out;
  const Declaration* exact = registry.find_pattern(key);
  if (!exact && !key.empty()) exact = registry.match(path).declaration;
  if (exact) out = describe_one(*exact);
  for (const Group* group : registry.groups()) {
    for (const Declaration& declaration : group->declarations) {
      if (&declaration == exact || !lies_below(declaration, path)) continue;
      if (!out.empty()) out += "\n";
      out += describe_one(declaration);
    }
  }
  if (out.empty()) {
    return fail(ConfigError::kNotFound, fmt::format("{}: {}", key, registry.explain_unknown(path)));
  }
  return out;
}

std::string show(const Config& config, std::string_view prefix, bool all) {
  const Settings& settings = config.settings();
  const Path below = prefix.empty() ? Path() : split_key(prefix);
  std::string out;
  const auto line = [&](const Path& path, std::string_view value, std::string_view origin) {
    if (path.size() < below.size() || !std::equal(below.begin(), below.end(), path.begin())) return;
    fmt::format_to(std::back_inserter(out), "{} = {}  # {}\n", join_path(path), value, origin);
  };
  for (const Group* group : Registry::instance().groups()) {
    for (const Declaration& declaration : group->declarations) {
      bool once = true;
      for (const auto& segment : split_key(declaration.key)) once &= !is_placeholder(segment);
      bool any = false;
      for (const auto& [key, setting] : settings.values) {
        if (setting.declaration != &declaration) continue;
        line(split_key(key), setting.shown, setting.origin.text());
        any = true;
      }
      if (any || !all || !once || !declaration.instead.empty()) continue;
      const Origin origin = config.origin(declaration.key);
      if (origin.kind == Origin::Kind::kDefault)
        line(split_key(declaration.key), default_text(declaration), "default");
      if (origin.kind == Origin::Kind::kInherited) {
        const Setting* source = settings.find(origin.place);
        const Declaration* from = Registry::instance().find_pattern(origin.place);
        line(split_key(declaration.key), source ? source->shown : default_text(*from), origin.text());
      }
    }
  }
  return out;
}

Result<std::string> toml_assignment(std::string_view key, std::string_view value) {
  const Match match = TRY(Registry::instance().require(key));
  auto node = node_from_text(*match.declaration, value);
  std::expected<Setting, ValueError> setting =
      node ? parse_setting_text(*match.declaration, value) : std::unexpected(node.error());
  // A macro is resolved when the file is read.
  const bool macro = value.find("%{") != std::string_view::npos;
  if (!node || (!setting && !macro)) {
    return fail(ConfigError::kInvalid, fmt::format("{}: {}", key, setting.error().message));
  }
  return fmt::format("{} = {}", join_path(match.path), to_toml(*node));
}

std::string render_settings_markdown() {
  std::string out =
      "# Settings\n\n"
      "<!-- Written from the declarations in src/config/keys/ by the config tests; do not edit. -->\n\n"
      "Gannet reads one TOML file. `gannet config check FILE` says what is wrong with it, `gannet config "
      "describe KEY`\n"
      "explains a setting, and `gannet config show` prints every value with its origin. The file is yours: "
      "Gannet never\n"
      "writes it after `gannet setup`.\n\n"
      "`<id>` stands for a name that you choose. A key may be written in a table (`[server.listener.smtp]`, "
      "then\n"
      "`bind = ...`) or whole (`server.listener.smtp.bind = ...`).\n\n"
      "| Kind of value | How it is written |\n| --- | --- |\n"
      "| duration | a number with `ms`, `s`, `m`, `h`, `d` or `w`: `\"500ms\"`, `\"30d\"` |\n"
      "| size | octets, or a number with `kb`, `mb`, `gb` or `tb` (by 1024): `10485760`, `\"10mb\"` |\n"
      "| rate | so many in such a time: `\"100/1m\"` |\n"
      "| time | minute, hour and weekday (1 is Monday, 7 Sunday), `*` for any: `\"0 3 *\"` |\n"
      "| list | `[\"a\", \"b\"]`; one value may stand without brackets |\n"
      "| secret, text, PEM | the text itself, or `\"file:///path\"` |\n\n"
      "In every string, `%{env:NAME}%` stands for an environment variable, `%{file:PATH}%` for a file's "
      "content without\n"
      "its last line break, and `%{cfg:KEY}%` for another setting of the file.\n";
  for (const Group* group : Registry::instance().groups()) render_group(*group, out);
  out += expression_reference();
  out += "\n## Old names\n\nAccepted, with a warning:\n\n| Old name | Write |\n| --- | --- |\n";
  std::string gone = "\n## Not in Gannet\n\n| Setting | Instead |\n| --- | --- |\n";
  for (const Group* group : Registry::instance().groups()) {
    for (const Declaration& declaration : group->declarations) {
      for (const auto old_name : split_words(declaration.old_names)) {
        fmt::format_to(std::back_inserter(out), "| {} | {} |\n", code(old_name), code(declaration.key));
      }
      if (!declaration.instead.empty()) {
        fmt::format_to(std::back_inserter(gone), "| {} | {} |\n", code(declaration.key),
                       cell(declaration.instead));
      }
    }
  }
  std::string later =
      "\n## Not in this version\n\nKnown from elsewhere, and refused with that reason:\n\n"
      "| Setting, and what is below it | What holds now |\n| --- | --- |\n";
  std::string passed_over =
      "\n## Without effect\n\nOf older configurations: accepted with a warning, and without effect:\n\n"
      "| Setting, and what is below it | Instead |\n| --- | --- |\n";
  for (const UndeclaredSettings& known : undeclared_settings())
    fmt::format_to(std::back_inserter(known.passed_over ? passed_over
                                      : known.gone      ? gone
                                                        : later),
                   "| {} | {} |\n", code(known.prefix), cell(known.advice));
  return out + gone + passed_over + later;
}

}  // namespace gannet::config
