#include "store/migration/copier.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "store/migration/changed_keys.h"
#include "store/migration/record.h"
#include "store/subspace.h"

namespace gannet::store::migration {
namespace {

constexpr std::size_t kPageItems = 1000;
constexpr std::size_t kPageBytes = 1 << 20;
constexpr std::size_t kKeysAtOnce = 64;  // read by name
constexpr std::size_t kEntriesAtOnce = 64;
// Most commits take less.
constexpr Duration kLateAtMost{2'000};
constexpr int kFollowsUntilAll = 50;
constexpr int kCompareTries = 20;
constexpr int kDifferedTries = 3;

// Everything that is copied, in the order in which it is.
const std::vector<Range>& copied_ranges() {
  static const std::vector<Range> ranges = [] {
    std::vector<Range> out;
    const auto add = [&](std::string begin, std::string end) {
      Range range;
      range.begin = std::move(begin);
      range.end = std::move(end);
      range.max_items = kPageItems;
      range.max_bytes = kPageBytes;
      out.push_back(std::move(range));
    };
    for (const auto& subspace : kSubspaces) {
      Range all = Range::prefix(std::string(1, static_cast<char>(subspace.id)));
      if (subspace.id == Subspace::kSetting) {
        const Range own = Range::prefix(own_prefix());
        add(all.begin, own.begin);
        add(own.end, all.end);
      } else {
        add(all.begin, all.end);
      }
    }
    std::ranges::sort(out, {}, &Range::begin);
    return out;
  }();
  return ranges;
}

// The rest of the range that `position` lies in or before; nothing at the end.
std::optional<Range> range_at(const std::string& position) {
  for (Range range : copied_ranges()) {
    if (position >= range.end) continue;
    range.begin = std::max(range.begin, position);
    return range;
  }
  return std::nullopt;
}

std::string after(const Range& range, const Page& page) {
  return page.more && !page.items.empty() ? page.items.back().key + '\0' : range.end;
}

}  // namespace

Copier::Copier(std::shared_ptr<DataStore> from, std::shared_ptr<DataStore> to, Random& random)
    : from_(std::move(from)),
      to_(std::move(to)),
      random_(random),
      batch_bytes_(std::min(kPageBytes, to_->limits().max_batch_bytes / 4)) {}

Result<void> Copier::write(WriteBatch batch) {
  if (batch.empty()) return {};
  if (fence_.empty()) {
    std::string fence = random_.bytes(16);
    WriteBatch raise;
    raise.set(fence_key(), fence);
    TRY(to_->commit(std::move(raise)));
    fence_ = std::move(fence);
  }
  batch.require_value(fence_key(), fence_);
  auto done = to_->commit(std::move(batch));
  // It may still be applied, later than what comes next: under a new fence it cannot.
  if (!done) fence_.clear();
  return done;
}

Result<CopierStep> Copier::copy(const std::string& position) {
  const auto range = range_at(position);
  if (!range) return CopierStep{.next = std::string(kEnd)};
  Page page = TRY(from_->scan(*range));
  CopierStep step{.next = after(*range, page)};
  WriteBatch batch;
  for (auto& item : page.items) {
    const std::size_t size = item.key.size() + item.value.size();
    if (!batch.empty() && batch.bytes() + size > batch_bytes_) TRY(write(std::exchange(batch, {})));
    ++step.keys;
    step.bytes += size;
    batch.set(std::move(item.key), std::move(item.value));
  }
  TRY(write(std::move(batch)));
  return step;
}

Result<void> Copier::copy_keys(const std::vector<std::string>& keys) {
  WriteBatch batch;
  for (std::size_t at = 0; at < keys.size(); at += kKeysAtOnce) {
    const auto some = std::span(keys).subspan(at, std::min(kKeysAtOnce, keys.size() - at));
    auto values = TRY(from_->get_many(some));
    for (std::size_t i = 0; i < some.size(); ++i) {
      const std::size_t size = some[i].size() + (values[i] ? values[i]->size() : 0);
      if (!batch.empty() && batch.bytes() + size > batch_bytes_) TRY(write(std::exchange(batch, {})));
      if (values[i])
        batch.set(some[i], std::move(*values[i]));
      else
        batch.clear(some[i]);
    }
  }
  return write(std::move(batch));
}

Result<std::size_t> Copier::follow(std::size_t limit, bool all) {
  std::size_t done = 0;
  Range range = Range::prefix(changes_prefix());
  if (all || --until_all_ < 0)
    until_all_ = kFollowsUntilAll;
  else
    range.begin = changes_since(std::max(followed_, WallTime{} + kLateAtMost) - kLateAtMost);
  while (done < limit) {
    range.max_items = std::min(kEntriesAtOnce, limit - done);
    const Page page = TRY(from_->scan(range));
    std::vector<std::string> keys;
    WriteBatch dealt_with;
    for (const auto& entry : page.items) {
      auto changes = TRY(decode_changes(entry.value));
      std::ranges::move(changes.keys, std::back_inserter(keys));
      for (const auto& [begin, end] : changes.ranges) {
        // What the target has there; what was set since is listed by name.
        Range cleared;
        cleared.begin = begin;
        cleared.end = end;
        cleared.keys_only = true;
        for (bool more = true; more;) {
          const Page found = TRY(to_->scan(cleared));
          std::vector<std::string> there;
          for (const auto& item : found.items) there.push_back(item.key);
          TRY(copy_keys(there));
          more = found.more;
          if (more) cleared = next_range(std::move(cleared), found);
        }
      }
      dealt_with.clear(entry.key);
    }
    std::ranges::sort(keys);
    const auto repeated = std::ranges::unique(keys);
    keys.erase(repeated.begin(), repeated.end());
    TRY(copy_keys(keys));
    if (!dealt_with.empty()) TRY(from_->commit(std::move(dealt_with)));
    done += page.items.size();
    if (!page.items.empty()) followed_ = std::max(followed_, time_of_changes(page.items.back().key));
    if (!page.more) break;
    range = next_range(std::move(range), page);
  }
  return done;
}

// Keys of `range` whose values are not the same; `range` ends with what one page of the source holds.
Result<std::vector<std::string>> Copier::differing(const Range& range, CopierStep& step) {
  const Page source = TRY(from_->scan(range));
  step.next = after(range, source);
  step.keys += source.items.size();
  std::vector<std::string> out;
  auto left = source.items.begin();
  Range there = range;
  there.end = step.next;
  for (bool more = true; more;) {
    const Page target = TRY(to_->scan(there));
    for (const auto& item : target.items) {
      for (; left != source.items.end() && left->key < item.key; ++left) out.push_back(left->key);
      if (left != source.items.end() && left->key == item.key) {
        step.bytes += item.key.size() + item.value.size();
        if (left->value != item.value) out.push_back(item.key);
        ++left;
      } else {
        out.push_back(item.key);
      }
    }
    more = target.more;
    if (more) there = next_range(std::move(there), target);
  }
  for (; left != source.items.end(); ++left) out.push_back(left->key);
  return out;
}

// Those of `keys` that no entry lists.
Result<std::vector<std::string>> Copier::not_listed(std::vector<std::string> keys) {
  Range range = Range::prefix(changes_prefix());
  for (bool more = true; more && !keys.empty();) {
    const Page page = TRY(from_->scan(range));
    for (const auto& entry : page.items) {
      const auto changes = TRY(decode_changes(entry.value));
      std::erase_if(keys, [&](const std::string& key) {
        return std::ranges::find(changes.keys, key) != changes.keys.end() ||
               std::ranges::any_of(changes.ranges, [&](const auto& cleared) {
                 return key >= cleared.first && key < cleared.second;
               });
      });
    }
    more = page.more;
    if (more) range = next_range(std::move(range), page);
  }
  return keys;
}

Result<void> Copier::repair(const std::string& key) {
  int differed = 0;
  for (int tries = 0; tries < kCompareTries; ++tries) {
    const auto before = TRY(from_->get(key));
    TRY(copy_keys({key}));
    const auto there = TRY(to_->get(key));
    if (there == before) return {};
    // Else somebody has written it in between, and it is listed.
    if (TRY(from_->get(key)) == before && ++differed == kDifferedTries)
      return fail(StoreError::kCorrupt,
                  "a value that was written to the other store is read from there as another one",
                  "key " + hex_encode(key));
  }
  return {};
}

Result<CopierStep> Copier::compare(const std::string& position) {
  const auto range = range_at(position);
  CopierStep step{.next = std::string(kEnd)};
  if (!range) return step;
  auto different = TRY(differing(*range, step));
  if (different.empty()) return step;
  TRY(follow(kPageItems));
  std::vector<std::string> still;
  for (auto& key : different)
    if (TRY(from_->get(key)) != TRY(to_->get(key))) still.push_back(std::move(key));
  // A commit and its entry are one, and nobody else takes entries: what differs now and is not listed after that
  // differs for another reason.
  for (const auto& key : TRY(not_listed(std::move(still)))) {
    TRY(repair(key));
    ++step.repaired;
  }
  return step;
}

Result<CopierStep> Copier::count(const std::string& position) {
  auto range = range_at(position);
  if (!range) return CopierStep{.next = std::string(kEnd)};
  range->keys_only = true;
  const Page page = TRY(from_->scan(*range));
  return CopierStep{.next = after(*range, page), .keys = page.items.size()};
}

Result<bool> Copier::target_is_empty() {
  for (Range range : copied_ranges()) {
    range.keys_only = true;
    range.max_items = 1;
    if (!TRY(to_->scan(range)).items.empty()) return false;
  }
  return true;
}

Result<std::size_t> Copier::forget_changes() {
  Range range = Range::prefix(changes_prefix());
  range.keys_only = true;
  const Page page = TRY(from_->scan(range));
  WriteBatch batch;
  for (const auto& entry : page.items) batch.clear(entry.key);
  if (!batch.empty()) TRY(from_->commit(std::move(batch)));
  return page.items.size();
}

Result<std::string> Copier::erase_target(const std::string& position) {
  std::vector<Range> ranges = copied_ranges();
  ranges.push_back(Range::prefix(changes_prefix()));
  std::ranges::sort(ranges, {}, &Range::begin);
  for (Range& range : ranges) {
    if (position >= range.end) continue;
    range.begin = std::max(range.begin, position);
    range.keys_only = true;
    const Page page = TRY(to_->scan(range));
    WriteBatch batch;
    for (const auto& item : page.items) {
      if (!batch.empty() && batch.bytes() > batch_bytes_) TRY(write(std::exchange(batch, {})));
      batch.clear(item.key);
    }
    TRY(write(std::move(batch)));
    if (!page.items.empty()) return after(range, page);
  }
  return std::string(kEnd);
}

}  // namespace gannet::store::migration
