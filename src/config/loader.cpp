#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <tuple>

#include "config/settings.h"

namespace gannet::config {
namespace {

// Walks the document and gives every leaf to the declaration that its path matches.
class Reader {
 public:
  Reader(const Node& root, const LoadOptions& options, Settings& settings, Findings& findings)
      : macros_(root, options.environment),
        fragment_(options.fragment),
        settings_(settings),
        findings_(findings) {}

  void table(const Node& node, const Path& path) {
    for (const auto& [name, member] : node.members) {
      Path below = path;
      below.push_back(name);
      value(member, below);
    }
  }
  const std::vector<std::string>& files() const { return macros_.files(); }

 private:
  void value(const Node& node, const Path& path) {
    const Match match = registry_.match(path);
    const bool prefix = registry_.is_prefix(path);
    const bool container = node.kind == Node::Kind::kTable || node.is_table_array();
    const bool conditions =
        match.declaration && match.declaration->expression && node.kind == Node::Kind::kArray;
    const bool set = match.declaration && match.declaration->list && node.kind == Node::Kind::kTable;
    if (container && prefix && !conditions) {
      settings_.order.push_back(path);
      if (node.kind == Node::Kind::kTable) return table(node, path);
      for (std::size_t i = 0; i < node.elements.size(); ++i) {
        Path below = path;
        below.push_back(fmt::format("{}", i));
        settings_.order.push_back(below);
        table(node.elements[i], below);
      }
    } else if (match.declaration && (!container || conditions || set)) {
      leaf(node, path, match);
    } else if (match.declaration) {
      findings_.error(
          join_path(path), node.line,
          fmt::format("found {}, expected {}", describe_node(node), describe_type(*match.declaration)));
    } else if (prefix) {
      findings_.error(join_path(path), node.line,
                      fmt::format("found {}, but this is a table of settings, such as {}",
                                  describe_node(node), registry_.first_below(path)));
    } else {
      unknown(node, path);
    }
  }

  // Names each setting of an unknown table, since each has its own nearest one; of a table that is known from elsewhere,
  // the table.
  void unknown(const Node& node, const Path& path) {
    const bool table = node.kind == Node::Kind::kTable && !node.members.empty();
    if (const auto reason = Registry::undeclared(path);
        !reason.empty() && !(table && Registry::passed_over_below(path))) {
      if (Registry::passed_over(path)) {
        findings_.warning(join_path(path), first_line(node), "has no effect: " + reason);
      } else {
        findings_.error(join_path(path), first_line(node), reason);
      }
      return;
    }
    if (table) {
      for (const auto& [name, member] : node.members) {
        Path below = path;
        below.push_back(name);
        unknown(member, below);
      }
      return;
    }
    findings_.error(join_path(path), node.line, registry_.explain_unknown(path));
  }

  // A table that is made by what lies below it has no line of its own.
  static int first_line(const Node& node) {
    if (node.line > 0) return node.line;
    int line = 0;
    const auto look = [&](const Node& inner) {
      if (const int found = first_line(inner); found > 0 && (line == 0 || found < line)) line = found;
    };
    for (const auto& [name, member] : node.members) look(member);
    for (const Node& element : node.elements) look(element);
    return line;
  }

  // The first generation's lookup lists: {type = "list", values = [...], comment = "#"}. Null for anything else.
  static const Node* values_of_table(const Node& node, const Match& match) {
    if (match.declaration->key != "directory.<id>.lookup.domains" || node.kind != Node::Kind::kTable)
      return nullptr;
    const auto values = std::ranges::find(node.members, "values", [](const auto& one) { return one.first; });
    return values == node.members.end() ? nullptr : &values->second;
  }

  void leaf(const Node& node, const Path& path, const Match& match) {
    const std::string written = join_path(path);
    if (!match.declaration->instead.empty()) {
      findings_.error(written, node.line,
                      fmt::format("Gannet has no such setting: {}", match.declaration->instead));
      return;
    }
    const std::string key = join_path(match.path);
    if (const Node* values = values_of_table(node, match); values) {
      findings_.warning(written, node.line, fmt::format("write {} = [...], without the table", key));
      leaf(*values, path, match);
      return;
    }
    if (!match.old_name.empty()) {
      findings_.warning(written, node.line, fmt::format("this is an old name: write {}", key));
    }
    auto setting = parse_setting(*match.declaration, node, macros_);
    if (!setting) {
      const int line = setting.error().line ? setting.error().line : node.line;
      // What a fragment refers to may lie on another machine.
      if (setting.error().missing && fragment_) {
        findings_.warning(written, line, setting.error().message);
      } else {
        findings_.error(written, line, setting.error().message);
      }
      return;
    }
    setting->line = node.line;
    setting->file = findings_.file();
    setting->origin = {Origin::Kind::kFile, fmt::format("{}:{}", findings_.file(), node.line)};
    const auto [existing, added] = settings_.values.emplace(key, *std::move(setting));
    if (!added) {
      findings_.error(written, node.line,
                      fmt::format("{} is already set in line {}", key, existing->second.line));
      return;
    }
    settings_.order.push_back(match.path);
  }

  const Registry& registry_ = Registry::instance();
  Macros macros_;
  const bool fragment_;
  Settings& settings_;
  Findings& findings_;
};

std::optional<Config> load_document(std::string_view text, const std::string& name,
                                    const LoadOptions& options, std::vector<Finding>& out) {
  Findings findings(name, out);
  const auto document = read_toml(text);
  if (!document) {
    findings.error("", document.error().line, document.error().message);
    return std::nullopt;
  }
  auto settings = std::make_shared<Settings>();
  Reader reader(*document, options, *settings, findings);
  reader.table(*document, {});
  settings->files = reader.files();
  rename_by_type(*settings, findings);
  check_whole(*settings, options.fragment, findings);
  std::ranges::sort(out, {}, [](const Finding& f) { return std::tie(f.line, f.key, f.message); });
  if (findings.any_error()) return std::nullopt;
  settings->warnings = out;
  return Config(std::move(settings));
}

Result<Config> or_error(std::optional<Config> config, const std::vector<Finding>& findings) {
  if (config) return *std::move(config);
  std::string text;
  for (const auto& finding : findings) {
    if (finding.severity == Finding::Severity::kError) text += (text.empty() ? "" : "\n") + finding.text();
  }
  return fail(ConfigError::kInvalid, std::move(text));
}

}  // namespace

std::string Finding::text() const {
  std::string out = file;
  if (line > 0) out += fmt::format(":{}", line);
  if (!out.empty()) out += ": ";
  out += severity == Severity::kError ? "error: " : "warning: ";
  if (!key.empty()) out += key + ": ";
  return out + message;
}

void Findings::error(const std::string& key, int line, std::string message) {
  out_.push_back({Finding::Severity::kError, key, file_, line, std::move(message)});
}
void Findings::warning(const std::string& key, int line, std::string message) {
  out_.push_back({Finding::Severity::kWarning, key, file_, line, std::move(message)});
}
bool Findings::any_error() const {
  return std::ranges::any_of(out_, [](const Finding& f) { return f.severity == Finding::Severity::kError; });
}

Result<Config> Config::load_text(std::string_view text, const std::string& name, const LoadOptions& options) {
  std::vector<Finding> findings;
  auto config = load_document(text, name, options, findings);
  return or_error(std::move(config), findings);
}

std::optional<Config> Config::load(const std::string& path, const LoadOptions& options,
                                   std::vector<Finding>& findings) {
  // Opened for reading like a file, it would look like an empty one.
  if (std::error_code unknown; std::filesystem::is_directory(path, unknown)) {
    Findings(path, findings).error("", 0, "this is a folder: name the file with the settings");
    return std::nullopt;
  }
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) {
    // An empty file sets failbit too, and is no error.
    if (!in.is_open() || in.bad() || in.peek() != std::ifstream::traits_type::eof()) {
      Findings(path, findings).error("", 0, fmt::format("cannot read the file: {}", std::strerror(errno)));
      return std::nullopt;
    }
  }
  auto config = load_document(text.str(), path, options, findings);
  if (!config) return config;
  auto settings = std::make_shared<Settings>(config->settings());
  settings->files.insert(settings->files.begin(), path);
  return Config(std::move(settings));
}

Result<Config> Config::load_file(const std::string& path, const LoadOptions& options) {
  std::vector<Finding> findings;
  auto config = load(path, options, findings);
  return or_error(std::move(config), findings);
}

}  // namespace gannet::config
