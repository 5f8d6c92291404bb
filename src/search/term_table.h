// The distinct terms of a segment that is being built.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gannet::search {

// One thread. Names lie one behind the other and the table is flat: a look-up meets one line of memory or two.
class TermTable {
 public:
  // The number of the term, in the order in which they came: the next one, size(), for one that is new.
  std::uint32_t number_of(char kind, std::string_view text);
  // With its kind in front; until the next term is added.
  std::string_view name(std::uint32_t number) const {
    return std::string_view(names_).substr(begins_[number], begins_[number + 1] - begins_[number]);
  }
  std::size_t size() const { return begins_.size() - 1; }
  // All of them, by name.
  std::vector<std::uint32_t> ascending() const;

 private:
  void grow();
  // Of a slot: a term's number, plus one, behind its hash; 0 for none.
  std::vector<std::uint64_t> slots_ = std::vector<std::uint64_t>(512);
  std::string names_;
  std::vector<std::size_t> begins_{0};
};

}  // namespace gannet::search
