#include "imap/uid_map.h"

#include <algorithm>

namespace gannet::imap {

UidMap::Uid UidMap::last() const {
  return size_ == 0 ? 0 : runs_.back().uid + (size_ - 1 - runs_.back().index);
}

UidMap::Uid UidMap::uid(std::uint32_t sequence) const {
  if (sequence == 0 || sequence > size_) return 0;
  const auto index = sequence - 1;
  const auto run = std::prev(std::ranges::upper_bound(runs_, index, {}, &Run::index));
  return run->uid + (index - run->index);
}

std::uint32_t UidMap::count_below(Uid uid) const {
  const auto after = std::ranges::lower_bound(runs_, uid, {}, &Run::uid);
  if (after == runs_.begin()) return 0;
  const auto run = std::prev(after);
  const auto end = end_of(static_cast<std::size_t>(run - runs_.begin()));
  return std::min(run->index + (uid - run->uid), end);
}

std::uint32_t UidMap::sequence(Uid uid) const {
  const auto after = std::ranges::upper_bound(runs_, uid, {}, &Run::uid);
  if (after == runs_.begin()) return 0;
  const auto run = std::prev(after);
  const auto index = std::uint64_t{run->index} + (uid - run->uid);
  return index < end_of(static_cast<std::size_t>(run - runs_.begin())) ? static_cast<std::uint32_t>(index + 1)
                                                                       : 0;
}

void UidMap::clear() {
  runs_ = {};
  size_ = 0;
}

void UidMap::append(Uid uid) {
  if (runs_.empty() || last() + 1 != uid) runs_.push_back({uid, size_});
  ++size_;
}

void UidMap::assign(std::span<const Uid> ascending) {
  clear();
  for (const auto uid : ascending) append(uid);
  runs_.shrink_to_fit();
}

std::vector<std::uint32_t> UidMap::remove(std::span<const Uid> ascending) {
  std::vector<std::uint32_t> sequences;
  UidMap kept;
  auto next = ascending.begin();
  for (std::size_t r = 0; r < runs_.size(); ++r) {
    const auto end = end_of(r);
    auto index = runs_[r].index;
    while (index < end) {
      const auto uid = runs_[r].uid + (index - runs_[r].index);
      next = std::lower_bound(next, ascending.end(), uid);
      // Up to the next one that goes, or the whole of the run.
      auto stay = end - index;
      if (next != ascending.end()) stay = std::min(stay, *next - uid);
      if (stay > 0) {
        kept.append(uid);
        kept.size_ += stay - 1;
        index += stay;
      } else {
        sequences.push_back(kept.size_ + 1);
        ++index;
      }
    }
  }
  if (!sequences.empty()) *this = std::move(kept);
  return sequences;
}

}  // namespace gannet::imap
