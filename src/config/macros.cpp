#include "config/macros.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "config/registry.h"

namespace gannet::config {
namespace {

constexpr std::streamsize kLargestFile = 16 * 1024 * 1024;
constexpr int kDeepestReference = 16;

}  // namespace

Macros::Macros(const Node& root, Environment environment)
    : root_(root), environment_(std::move(environment)) {
  if (environment_) return;
  environment_ = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
  };
}

Result<std::string> Macros::expand(std::string_view text) {
  std::string out;
  while (true) {
    const auto start = text.find("%{");
    out += text.substr(0, start);
    if (start == std::string_view::npos) return out;
    const auto end = text.find("}%", start);
    if (end == std::string_view::npos) return fail(ConfigError::kInvalid, "`%{` without `}%`");
    out += TRY(value_of(text.substr(start + 2, end - start - 2)));
    text.remove_prefix(end + 2);
  }
}

Result<std::string> Macros::value_of(std::string_view macro) {
  if (macro.starts_with("env:")) {
    const std::string name(macro.substr(4));
    if (auto value = environment_(name)) return *value;
    return fail(ConfigError::kNotFound, fmt::format("the environment variable {} is not set", name));
  }
  if (macro.starts_with("file:")) {
    std::string content = TRY(read_file(macro.substr(5)));
    // Editors and echo end a file with a line break that is no part of a password.
    while (content.ends_with('\n') || content.ends_with('\r')) content.pop_back();
    return content;
  }
  if (macro.starts_with("cfg:")) return setting(macro.substr(4));
  return fail(
      ConfigError::kInvalid,
      fmt::format("unknown macro %{{{}}}%: allowed are %{{env:NAME}}%, %{{file:PATH}}% and %{{cfg:KEY}}%",
                  macro));
}

Result<std::string> Macros::setting(std::string_view key) {
  const Node* node = &root_;
  for (const auto& segment : split_key(key)) {
    node = node ? node->member(segment) : nullptr;
  }
  if (!node)
    return fail(ConfigError::kNotFound, fmt::format("%{{cfg:{}}}%: this file does not set that key", key));
  if (node->kind == Node::Kind::kTable || node->kind == Node::Kind::kArray) {
    return fail(ConfigError::kInvalid,
                fmt::format("%{{cfg:{}}}%: {} cannot be part of a text", key, describe_node(*node)));
  }
  if (node->kind != Node::Kind::kString) return to_toml(*node);
  if (depth_ >= kDeepestReference) {
    return fail(ConfigError::kInvalid,
                fmt::format("%{{cfg:{}}}%: settings refer to each other in a circle", key));
  }
  ++depth_;
  auto value = expand(node->text);
  --depth_;
  return value;
}

Result<std::string> Macros::read_file(std::string_view path) {
  if (path.starts_with("file://")) path.remove_prefix(7);
  const std::string name(path);
  if (std::ranges::find(files_, name) == files_.end()) files_.push_back(name);
  std::ifstream in(name, std::ios::binary | std::ios::ate);
  const std::streamsize size = in ? static_cast<std::streamsize>(in.tellg()) : -1;
  if (size > kLargestFile) return fail(ConfigError::kInvalid, fmt::format("{} is larger than 16 MB", name));
  std::ostringstream content;
  in.seekg(0);
  if (size > 0) content << in.rdbuf();
  if (size < 0 || !in) {
    return fail(ConfigError::kNotFound,
                fmt::format("cannot read {}: {}", name, std::strerror(errno ? errno : EISDIR)));
  }
  return content.str();
}

}  // namespace gannet::config
