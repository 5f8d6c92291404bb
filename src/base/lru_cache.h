// A map of bounded weight that forgets what was used longest ago. Not thread-safe: its owner locks.
#pragma once

#include <cstddef>
#include <list>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace gannet {

template <typename Key, typename Value, typename Hash = std::hash<Key>, typename Equal = std::equal_to<>>
class LruCache {
 public:
  // The sum of all weights that it holds at most; in entries, if every put() leaves the weight at 1.
  explicit LruCache(std::size_t max_weight) : max_weight_(max_weight) {}

  // Makes room for so many entries, so that they need no new table.
  void reserve(std::size_t entries) { index_.reserve(entries); }

  // Null if it is not there. The pointer is good until the next call that is not const.
  template <typename K>
  Value* get(const K& key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->value;
  }

  // Replaces what was there. What is heavier than the whole cache is not kept.
  void put(Key key, Value value, std::size_t weight = 1) {
    erase(key);
    if (weight > max_weight_) return;
    while (weight_ + weight > max_weight_) drop_oldest();
    entries_.push_front({key, std::move(value), weight});
    index_.emplace(std::move(key), entries_.begin());
    weight_ += weight;
  }

  template <typename K>
  bool erase(const K& key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return false;
    weight_ -= found->second->weight;
    entries_.erase(found->second);
    index_.erase(found);
    return true;
  }

  void clear() {
    index_.clear();
    entries_.clear();
    weight_ = 0;
  }

  std::size_t size() const { return index_.size(); }
  std::size_t weight() const { return weight_; }
  std::size_t max_weight() const { return max_weight_; }

 private:
  struct Entry {
    Key key;
    Value value;
    std::size_t weight;
  };

  void drop_oldest() {
    weight_ -= entries_.back().weight;
    index_.erase(entries_.back().key);
    entries_.pop_back();
  }

  std::size_t max_weight_;
  std::size_t weight_ = 0;
  std::list<Entry> entries_;  // the front was used last
  std::unordered_map<Key, typename std::list<Entry>::iterator, Hash, Equal> index_;
};

// Lets an LruCache<std::string, ...> be asked with a string_view.
struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

}  // namespace gannet
