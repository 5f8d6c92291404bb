#include "imap/recent.h"

#include <algorithm>

namespace gannet::imap {

void Recent::add(Uid first, Uid last) {
  if (!ranges_.empty() && ranges_.back().last + 1 == first) {
    ranges_.back().last = last;
  } else {
    ranges_.push_back({first, last});
  }
}

bool Recent::find(Uid uid) const {
  const auto after = std::ranges::upper_bound(ranges_, uid, {}, &NumberRange::first);
  return after != ranges_.begin() && uid <= std::prev(after)->last;
}

std::uint32_t Recent::count(const UidMap& uids) const {
  std::uint32_t count = 0;
  for (const auto& range : ranges_) {
    const auto end = range.last == UINT32_MAX ? uids.size() : uids.count_below(range.last + 1);
    count += end - uids.count_below(range.first);
  }
  return count;
}

}  // namespace gannet::imap
