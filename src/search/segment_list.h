// One account's Head and what its segments answer for, read for a change and changed in a batch.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <roaring/roaring.hh>
#include <span>
#include <string>
#include <utility>

#include "search/builder.h"
#include "search/schema.h"
#include "store/data_store.h"

namespace gannet::search {

// One thread; for one attempt to commit.
class SegmentList {
 public:
  static Result<SegmentList> read(store::Reader& reader, std::uint32_t account);

  Head& head() { return head_; }
  const Head& head() const { return head_; }
  const std::optional<std::string>& record() const { return record_; }
  // Takes the documents out of every segment.
  Result<void> take_out(store::Reader& reader, const Roaring& documents);
  // Adds a segment that answers for `live` of its documents.
  void add(SegmentInfo info, const Roaring& live);
  // Removes segments that answer for nothing any more.
  void drop_empty(store::WriteBatch& batch);
  // Removes it with all that it holds.
  void drop(store::WriteBatch& batch, std::uint32_t segment);
  // Head and what segments answer for, on condition that the Head has not changed.
  void write(store::WriteBatch& batch);

 private:
  SegmentList(std::uint32_t account, std::optional<std::string> record, Head head)
      : account_(account), record_(std::move(record)), head_(std::move(head)) {}
  const std::uint32_t account_;
  std::optional<std::string> record_;
  Head head_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Roaring> changed_;  // by segment and block
};

}  // namespace gannet::search
