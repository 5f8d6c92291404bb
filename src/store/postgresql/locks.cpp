#include "store/postgresql/locks.h"

#include <string_view>
#include <utility>

namespace gannet::store::postgresql {
namespace {

constexpr std::size_t kGroupBytes = 5;
// Beyond this many keys of a group the whole group is locked instead: the server's table of locks is of limited
// size (max_locks_per_transaction), shared by all sessions.
constexpr std::size_t kKeysOfGroup = 32;
// Likewise for groups of a subspace.
constexpr std::size_t kGroupsOfSubspace = 8;

// The top four bits tell the level, so that outer levels are locked first; the next four are set so that other users
// of the database, who number their locks from 0, keep clear.
std::int64_t number(std::uint64_t level, std::string_view bytes) {
  std::uint64_t hash = 14695981039346656037u;  // FNV-1a
  for (const char byte : bytes) hash = (hash ^ static_cast<std::uint8_t>(byte)) * 1099511628211u;
  hash ^= hash >> 32;
  return static_cast<std::int64_t>((hash & 0x00ff'ffff'ffff'ffff) | level << 60 | std::uint64_t{0x7} << 56);
}
constexpr std::uint64_t kSubspaceLevel = 1, kGroupLevel = 2, kKeyLevel = 3;

// Of one group: its keys, and whether each is shared.
struct Group {
  std::map<std::string_view, bool> keys;
  bool whole = false;
};

class Planner {
 public:
  void key(std::string_view key, bool shared) {
    auto [found, added] = group(key).keys.emplace(key, shared);
    if (!added) found->second = found->second && shared;
  }
  void range(std::string_view begin, std::string_view end) {
    const std::string_view prefix = begin.substr(0, kGroupBytes);
    // The last key of the range is below `end`: within the group if that is, or is the first beyond it.
    if (prefix.size() == kGroupBytes && (end.starts_with(prefix) || ends_group(prefix, end)))
      group(begin).whole = true;
    else
      whole_subspaces_[begin[0]] = true;
  }

  Locks locks() && {
    Locks out;
    std::map<char, std::size_t> groups;
    for (const auto& [prefix, group] : groups_) ++groups[prefix[0]];
    for (const auto& [subspace, count] : groups)
      if (count > kGroupsOfSubspace) whole_subspaces_[subspace] = true;
    for (const auto& [subspace, whole] : whole_subspaces_) lock(out, kSubspaceLevel, {&subspace, 1}, false);
    for (const auto& [prefix, group] : groups_) {
      if (whole_subspaces_.contains(prefix[0])) continue;
      lock(out, kSubspaceLevel, prefix.substr(0, 1), true);
      const bool whole = group.whole || group.keys.size() > kKeysOfGroup;
      lock(out, kGroupLevel, prefix, !whole);
      if (whole) continue;
      for (const auto& [key, shared] : group.keys) lock(out, kKeyLevel, key, shared);
    }
    return out;
  }

 private:
  // Whether `end` is the smallest string above all that start with `prefix`.
  static bool ends_group(std::string_view prefix, std::string_view end) {
    while (!prefix.empty() && prefix.back() == '\xff') prefix.remove_suffix(1);
    return !prefix.empty() && end.size() == prefix.size() &&
           end.substr(0, end.size() - 1) == prefix.substr(0, prefix.size() - 1) &&
           static_cast<std::uint8_t>(end.back()) == static_cast<std::uint8_t>(prefix.back()) + 1;
  }
  // Two that hash alike share a lock, in the stronger mode.
  static void lock(Locks& out, std::uint64_t level, std::string_view bytes, bool shared) {
    auto [found, added] = out.emplace(number(level, bytes), shared);
    if (!added) found->second = found->second && shared;
  }
  Group& group(std::string_view key) { return groups_[key.substr(0, kGroupBytes)]; }

  std::map<std::string_view, Group> groups_;
  std::map<char, bool> whole_subspaces_;
};

}  // namespace

Locks locks_of(const BatchEffects& effects) {
  Planner planner;
  for (const auto& [begin, end] : effects.cleared) planner.range(begin, end);
  for (const auto& [key, effect] : effects.keys) planner.key(key, false);
  for (const auto& [key, value] : effects.required) planner.key(key, true);
  return std::move(planner).locks();
}

}  // namespace gannet::store::postgresql
