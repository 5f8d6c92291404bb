// Reads one segment, as of one snapshot.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <roaring/roaring.hh>
#include <string>
#include <string_view>
#include <utility>

#include "search/blocks.h"
#include "search/postings.h"
#include "search/schema.h"
#include "store/data_store.h"
#include "store/search_store.h"

namespace gannet::search {

// Whether postings of `field` count for a query in `wanted`.
bool field_counts(store::SearchField wanted, std::uint8_t field);

// Where a word or gram stands in the documents of one field. One thread; the reader must outlive it.
class PositionsCursor {
 public:
  PositionsCursor(SectionCursor entries, std::string prefix)
      : entries_(std::move(entries)), prefix_(std::move(prefix)) {}
  // In `document`, as pack_positions() has them, until the next call; nothing where it is not. Documents are asked for in
  // ascending order, each once; those that are passed over are not read where they are many.
  Result<std::optional<std::string_view>> in(std::uint32_t document);

 private:
  SectionCursor entries_;
  const std::string prefix_;  // of the entries' keys
  std::string key_;
  std::optional<PositionsReader> entry_;
  bool at_end_ = false;
};

// One thread. `reader` must outlive it.
class SegmentReader {
 public:
  SegmentReader(store::Reader& reader, std::uint32_t account, std::uint32_t segment)
      : reader_(reader), account_(account), segment_(segment) {}

  // The documents that it answers for.
  Result<Roaring> live();
  // The documents with the term; dead ones too.
  Result<Roaring> documents(std::string_view term, store::SearchField field);
  // Of all terms that begin with `prefix` and of which `matches` says so. `enough`: no more terms are looked
  // at once so many documents were found; `out` is then what was found so far and the answer is false.
  Result<bool> documents_of(std::string_view prefix, const std::function<bool(std::string_view)>& matches,
                            store::SearchField field, std::uint64_t enough, Roaring& out);
  // By field that counts: the documents with the term; dead ones too.
  using ByField = std::map<std::uint8_t, Roaring>;
  Result<ByField> documents_by_field(std::string_view term, store::SearchField field);
  PositionsCursor positions(std::string_view term, std::uint8_t field);

 private:
  // Calls `take` with each field that counts and, once or several times, with records of its documents.
  template <typename Take>
  Result<void> each_record(std::string_view term, std::string_view value, store::SearchField field,
                           const Take& take);
  store::Reader& reader_;
  const std::uint32_t account_, segment_;
};

}  // namespace gannet::search
