#include "search/segment_list.h"

#include <algorithm>
#include <set>

#include "base/bytes.h"
#include "search/postings.h"

namespace gannet::search {
namespace {

// By block.
std::map<std::uint32_t, Roaring> split(const Roaring& documents) {
  std::map<std::uint32_t, Roaring> out;
  std::vector<std::uint32_t> all(documents.cardinality());
  documents.toUint32Array(all.data());
  for (const auto document : all) out[block_of(document)].add(document);
  return out;
}

}  // namespace

Result<SegmentList> SegmentList::read(store::Reader& reader, std::uint32_t account) {
  auto record = TRY(reader.get(head_key(account)));
  Head head;
  if (record) head = TRY(decode_head(*record));
  return SegmentList(account, std::move(record), std::move(head));
}

Result<void> SegmentList::take_out(store::Reader& reader, const Roaring& documents) {
  const auto blocks = split(documents);
  std::vector<std::string> keys;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> places;
  for (const auto& segment : head_.segments)
    for (const auto& [block, gone] : blocks) {
      keys.push_back(live_key(account_, segment.id, block));
      places.emplace_back(segment.id, block);
    }
  if (keys.empty()) return {};
  const auto values = TRY(reader.get_many(keys));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!values[i]) continue;
    Roaring live;
    TRY(decode_documents(*values[i], live));
    const auto& gone = blocks.at(places[i].second);
    const auto count = static_cast<std::uint32_t>((live & gone).cardinality());
    if (count == 0) continue;
    auto& segment = *std::ranges::find(head_.segments, places[i].first, &SegmentInfo::id);
    segment.live -= std::min(segment.live, count);
    segment.dead += count;
    changed_[places[i]] = live - gone;
  }
  return {};
}

void SegmentList::add(SegmentInfo info, const Roaring& live) {
  info.live = static_cast<std::uint32_t>(live.cardinality());
  head_.segments.push_back(info);
  for (auto& [block, documents] : split(live)) changed_[{info.id, block}] = std::move(documents);
}

void SegmentList::drop_empty(store::WriteBatch& batch) {
  std::vector<std::uint32_t> empty;
  for (const auto& segment : head_.segments)
    if (segment.live == 0) empty.push_back(segment.id);
  for (const auto segment : empty) drop(batch, segment);
}

void SegmentList::drop(store::WriteBatch& batch, std::uint32_t segment) {
  std::erase_if(head_.segments, [&](const SegmentInfo& info) { return info.id == segment; });
  std::erase_if(changed_, [&](const auto& item) { return item.first.first == segment; });
  for (const auto& prefix : {live_prefix(account_, segment), segment_prefix(account_, segment)})
    batch.clear_range(prefix, prefix_end(prefix));
}

void SegmentList::write(store::WriteBatch& batch) {
  if (record_)
    batch.require_value(head_key(account_), *record_);
  else
    batch.require_absent(head_key(account_));
  batch.set(head_key(account_), encode(head_));
  for (const auto& [place, documents] : changed_) {
    auto key = live_key(account_, place.first, place.second);
    if (documents.isEmpty())
      batch.clear(std::move(key));
    else
      batch.set(std::move(key), encode_documents(documents));
  }
}

}  // namespace gannet::search
