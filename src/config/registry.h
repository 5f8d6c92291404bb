// All declarations, and which of them a key means.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/declaration.h"

namespace gannet::config {

using Path = std::vector<std::string>;

// `a."b.c".d` to its segments; an unbalanced quote is taken as it stands.
Path split_key(std::string_view key);
// With quotes around segments that are not made of letters, digits, - and _ only.
std::string join_path(const Path& path);

struct Match {
  const Declaration* declaration = nullptr;  // null when no declaration knows the key
  Path path;                                 // under the current name
  std::string_view old_name;                 // the pattern of the old spelling that was met, or empty
};

// Built once; any thread.
class Registry {
 public:
  static const Registry& instance();

  // In the order of the reference.
  const std::vector<const Group*>& groups() const { return groups_; }

  Match match(const Path& path) const;
  // The same, for a setting that Gannet has; kNotFound, with what to tell whoever wrote the key.
  Result<Match> require(std::string_view key) const;
  // Whether a declared key lies below the path.
  bool is_prefix(const Path& path) const;
  // By its pattern, exactly as declared; null when there is none.
  const Declaration* find_pattern(std::string_view key) const;
  // The declared key that this one is likely meant to be, with the operator's own words in place of <...>; empty when
  // none is near. Old names and settings that Gannet does not have are never suggested.
  std::string nearest(const Path& path) const;
  // The first declared key below the path, which is a prefix.
  std::string first_below(const Path& path) const;
  // Why there is no such setting, for one of the model or below such a one; empty for any other.
  static std::string undeclared(const Path& path);
  // Whether such a one is accepted with a warning; and whether one below it is, though it is not itself.
  static bool passed_over(const Path& path);
  static bool passed_over_below(const Path& path);
  // What to tell whoever wrote a key that no declaration knows.
  std::string explain_unknown(const Path& path) const;

 private:
  struct Node {
    std::map<std::string_view, std::unique_ptr<Node>> children;  // "" is any word
    const Declaration* declaration = nullptr;
    std::string_view old_name;  // set when the pattern is an old spelling
  };
  Registry();
  void add(std::string_view pattern, const Declaration& declaration, std::string_view old_name);
  const Node* walk(const Node& node, const Path& path, std::size_t from, bool need_declaration) const;

  std::vector<const Group*> groups_;
  Node root_;
};

bool is_placeholder(std::string_view segment);
// The words of a space-separated list.
std::vector<std::string_view> split_words(std::string_view text);
// How many insertions, removals, replacements and swaps of neighbours lead from one to the other.
std::size_t edit_distance(std::string_view a, std::string_view b);
// The candidate that is most like `word`; empty when there are none.
std::string_view nearest_word(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace gannet::config
