#include "config/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <ranges>

#include "config/errors.h"
#include "config/keys/groups.h"

namespace gannet::config {
namespace {

bool is_bare(std::string_view segment) {
  return !segment.empty() && std::ranges::all_of(segment, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

}  // namespace

Path split_key(std::string_view key) {
  Path out;
  std::string segment;
  char quote = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const char c = key[i];
    if (quote) {
      if (c == '\\' && quote == '"' && i + 1 < key.size()) {
        segment.push_back(key[++i]);
      } else if (c == quote) {
        quote = 0;
      } else {
        segment.push_back(c);
      }
    } else if ((c == '"' || c == '\'') && segment.empty() && !quoted) {
      quote = c;
      quoted = true;
    } else if (c == '.') {
      out.push_back(std::move(segment));
      segment.clear();
      quoted = false;
    } else {
      segment.push_back(c);
    }
  }
  out.push_back(std::move(segment));
  return out;
}

std::string join_path(const Path& path) {
  std::string out;
  for (const auto& segment : path) {
    if (!out.empty()) out.push_back('.');
    if (is_bare(segment) || is_placeholder(segment)) {
      out += segment;
      continue;
    }
    out.push_back('"');
    for (const char c : segment) {
      if (c == '"' || c == '\\') out.push_back('\\');
      out.push_back(c);
    }
    out.push_back('"');
  }
  return out;
}

bool is_placeholder(std::string_view segment) {
  return segment.starts_with('<') && segment.ends_with('>');
}

std::vector<std::string_view> split_words(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (end > 0) out.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::string_view nearest_word(std::string_view word, const std::vector<std::string_view>& candidates) {
  std::string_view best;
  std::size_t best_distance = std::numeric_limits<std::size_t>::max();
  for (const auto candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

const Registry& Registry::instance() {
  static const Registry& registry = *new Registry;
  return registry;
}

Registry::Registry() : groups_(all_groups()) {
  for (const Group* group : groups_) {
    for (const Declaration& declaration : group->declarations) {
      add(declaration.key, declaration, {});
      for (const auto old_name : split_words(declaration.old_names)) add(old_name, declaration, old_name);
    }
  }
}

void Registry::add(std::string_view pattern, const Declaration& declaration, std::string_view old_name) {
  Node* node = &root_;
  std::string_view rest = pattern;
  while (true) {
    const auto end = std::min(rest.find('.'), rest.size());
    const std::string_view segment = rest.substr(0, end);
    auto& child = node->children[is_placeholder(segment) ? std::string_view() : segment];
    if (!child) child = std::make_unique<Node>();
    node = child.get();
    if (end == rest.size()) break;
    rest.remove_prefix(end + 1);
  }
  if (node->declaration) {
    std::fputs(fmt::format("setting {} is declared twice\n", pattern).c_str(), stderr);
    std::abort();
  }
  node->declaration = &declaration;
  node->old_name = old_name;
}

const Registry::Node* Registry::walk(const Node& node, const Path& path, std::size_t from,
                                     bool need_declaration) const {
  if (from == path.size()) {
    return (need_declaration ? node.declaration != nullptr : !node.children.empty()) ? &node : nullptr;
  }
  for (const std::string_view step : {std::string_view(path[from]), std::string_view()}) {
    const auto child = node.children.find(step);
    if (child == node.children.end()) continue;
    if (const Node* found = walk(*child->second, path, from + 1, need_declaration)) return found;
  }
  return nullptr;
}

Match Registry::match(const Path& path) const {
  const Node* node = walk(root_, path, 0, true);
  if (!node) return {};
  Match out{node->declaration, path, node->old_name};
  if (out.old_name.empty()) return out;
  // The words in the place of the old pattern's <...>, in their order, go into the current one.
  std::vector<std::string> chosen;
  const Path old_pattern = split_key(out.old_name);
  for (std::size_t i = 0; i < old_pattern.size(); ++i) {
    if (is_placeholder(old_pattern[i])) chosen.push_back(path[i]);
  }
  out.path = split_key(out.declaration->key);
  std::size_t next = 0;
  for (auto& segment : out.path) {
    if (is_placeholder(segment) && next < chosen.size()) segment = chosen[next++];
  }
  return out;
}

bool Registry::is_prefix(const Path& path) const {
  return walk(root_, path, 0, false) != nullptr;
}

const Declaration* Registry::find_pattern(std::string_view key) const {
  for (const Group* group : groups_) {
    for (const Declaration& declaration : group->declarations) {
      if (declaration.key == key) return &declaration;
    }
  }
  return nullptr;
}

namespace {

// How unlike a declared pattern a key is, when both are laid beside each other; `limit` or more is as good as not at
// all. Words that are left out or too many cost something, a <...> nothing where the word before it fits: else any key
// would be near one that begins with <...>.
class Alignment {
 public:
  Alignment(const Path& pattern, const Path& path, std::size_t limit)
      : pattern_(pattern), path_(path), best_(limit) {
    walk(0, 0, 0, true);
  }
  std::size_t distance() const { return best_; }
  // The pattern with the key's own words in place of <...>.
  const Path& aligned() const { return aligned_; }

 private:
  static constexpr std::size_t kMissing = 2, kMissingFirst = 3, kTooMany = 3;

  bool near(std::size_t distance, std::string_view word, bool last) const {
    // In the right table, a wrong name may be a bit further off.
    const bool alone = last && pattern_.size() == path_.size() && cost_so_far_is_zero_;
    return distance <= std::max<std::size_t>(1, word.size() / (alone ? 2 : 3));
  }

  void walk(std::size_t i, std::size_t j, std::size_t cost, bool fits) {
    if (cost >= best_) return;
    if (i == pattern_.size() && j == path_.size()) {
      best_ = cost;
      aligned_ = chosen_;
      return;
    }
    if (i < pattern_.size() && j < path_.size()) take(i, j, cost, fits);
    if (i < pattern_.size()) {
      chosen_.push_back(pattern_[i]);
      walk(i + 1, j, cost + (i == 0 ? kMissingFirst : kMissing), false);
      chosen_.pop_back();
    }
    if (j < path_.size()) walk(i, j + 1, cost + kTooMany, fits);
  }

  void take(std::size_t i, std::size_t j, std::size_t cost, bool fits) {
    const bool placeholder = is_placeholder(pattern_[i]);
    if (placeholder && !fits) return;
    const bool last = i + 1 == pattern_.size();
    const std::size_t distance = placeholder ? 0 : edit_distance(pattern_[i], path_[j]);
    cost_so_far_is_zero_ = cost == 0;
    if (!placeholder && !near(distance, pattern_[i], last)) return;
    chosen_.push_back(placeholder ? path_[j] : pattern_[i]);
    walk(i + 1, j + 1, cost + distance, true);
    chosen_.pop_back();
  }

  const Path& pattern_;
  const Path& path_;
  std::size_t best_;
  bool cost_so_far_is_zero_ = true;
  Path chosen_, aligned_;
};

}  // namespace

std::string Registry::nearest(const Path& path) const {
  Path best;
  // A third of what was written, at most.
  std::size_t limit = std::max<std::size_t>(4, join_path(path).size() / 3) + 1;
  for (const Group* group : groups_) {
    for (const Declaration& declaration : group->declarations) {
      if (!declaration.instead.empty()) continue;
      const Path pattern = split_key(declaration.key);
      if (path.size() > pattern.size() + 1) continue;
      const Alignment alignment(pattern, path, limit);
      if (alignment.distance() >= limit) continue;
      limit = alignment.distance();
      best = alignment.aligned();
    }
  }
  return best.empty() ? "" : join_path(best);
}

std::string Registry::first_below(const Path& path) const {
  for (const Group* group : groups_) {
    for (const Declaration& declaration : group->declarations) {
      Path pattern = split_key(declaration.key);
      if (!declaration.instead.empty() || pattern.size() <= path.size()) continue;
      bool fits = true;
      for (std::size_t i = 0; i < path.size(); ++i) {
        fits = fits && (pattern[i] == path[i] || is_placeholder(pattern[i]));
        pattern[i] = path[i];
      }
      if (fits) return join_path(pattern);
    }
  }
  return {};
}

namespace {

bool agree(const Path& prefix, const Path& path) {
  const auto count = std::min(prefix.size(), path.size());
  return std::ranges::equal(prefix | std::views::take(count), path | std::views::take(count),
                            [](const auto& a, const auto& b) { return a == b || is_placeholder(a); });
}

// Null for none.
const UndeclaredSettings* find_undeclared(const Path& path) {
  const UndeclaredSettings* out = nullptr;
  std::size_t longest = 0;
  for (const UndeclaredSettings& known : undeclared_settings()) {
    const Path prefix = split_key(known.prefix);
    if (prefix.size() > path.size() || prefix.size() <= longest || !agree(prefix, path)) continue;
    out = &known;
    longest = prefix.size();
  }
  return out;
}

}  // namespace

std::string Registry::undeclared(const Path& path) {
  const UndeclaredSettings* known = find_undeclared(path);
  if (!known) return {};
  std::string out = known->gone ? "Gannet has no such setting" : "not in this version of Gannet";
  if (!known->advice.empty()) out += fmt::format(": {}", known->advice);
  return out;
}

bool Registry::passed_over(const Path& path) {
  const UndeclaredSettings* known = find_undeclared(path);
  return known && known->passed_over;
}

bool Registry::passed_over_below(const Path& path) {
  return std::ranges::any_of(undeclared_settings(), [&](const UndeclaredSettings& known) {
    const Path prefix = split_key(known.prefix);
    return known.passed_over && prefix.size() > path.size() && agree(prefix, path);
  });
}

Result<Match> Registry::require(std::string_view key) const {
  const Path path = split_key(key);
  auto found = match(path);
  if (found.declaration && found.declaration->instead.empty()) return found;
  const std::string reason = found.declaration
                                 ? fmt::format("Gannet has no such setting: {}", found.declaration->instead)
                                 : explain_unknown(path);
  return fail(ConfigError::kNotFound, fmt::format("{}: {}", key, reason));
}

std::string Registry::explain_unknown(const Path& path) const {
  if (auto reason = undeclared(path); !reason.empty()) return reason;
  const auto near = nearest(path);
  return near.empty() ? "unknown setting" : fmt::format("unknown setting; did you mean {}?", near);
}

}  // namespace gannet::config
