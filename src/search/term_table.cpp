#include "search/term_table.h"

#include <algorithm>
#include <functional>

namespace gannet::search {
namespace {

// What most names differ by, as one number that compares as they do.
std::uint64_t beginning(std::string_view name) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < 8; ++i)
    out = out << 8 | (i < name.size() ? static_cast<unsigned char>(name[i]) : 0u);
  return out;
}

}  // namespace

std::uint32_t TermTable::number_of(char kind, std::string_view text) {
  if (size() * 2 >= slots_.size()) grow();
  std::uint64_t hash =
      std::hash<std::string_view>()(text) ^ static_cast<unsigned char>(kind) * 0x9e3779b97f4a7c15u;
  hash = (hash ^ hash >> 32) << 32;
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash >> 32 & mask;; at = (at + 1) & mask) {
    const std::uint64_t slot = slots_[at];
    if (slot == 0) {
      const auto number = static_cast<std::uint32_t>(size());
      slots_[at] = hash | (number + 1u);
      names_.push_back(kind);
      names_.append(text);
      begins_.push_back(names_.size());
      return number;
    }
    if (((slot ^ hash) >> 32) != 0) continue;
    const auto number = static_cast<std::uint32_t>(slot) - 1u;
    const std::string_view known = name(number);
    if (known.front() == kind && known.substr(1) == text) return number;
  }
}

void TermTable::grow() {
  std::vector<std::uint64_t> larger(slots_.size() * 2);
  const std::size_t mask = larger.size() - 1;
  for (const auto slot : slots_) {
    if (slot == 0) continue;
    std::size_t at = slot >> 32 & mask;
    while (larger[at] != 0) at = (at + 1) & mask;
    larger[at] = slot;
  }
  slots_ = std::move(larger);
}

std::vector<std::uint32_t> TermTable::ascending() const {
  struct Entry {
    std::uint64_t beginning;
    std::uint32_t number;
  };
  std::vector<Entry> entries(size());
  for (std::uint32_t i = 0; i < entries.size(); ++i) entries[i] = {beginning(name(i)), i};
  std::ranges::sort(entries, [this](const Entry& a, const Entry& b) {
    return a.beginning != b.beginning ? a.beginning < b.beginning : name(a.number) < name(b.number);
  });
  std::vector<std::uint32_t> out(entries.size());
  std::ranges::transform(entries, out.begin(), &Entry::number);
  return out;
}

}  // namespace gannet::search
